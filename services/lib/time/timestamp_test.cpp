// SPDX-License-Identifier: Apache-2.0
#include "lib/time/timestamp.h"

#include <gtest/gtest.h>

namespace millrace::time {
namespace {

TEST(Timestamp, IsUtcWithMicroseconds) {
  EXPECT_EQ(format_rfc3339(from_unix_us(0)), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(format_rfc3339(from_unix_us(1'795'415'460'000'250)), "2026-11-23T06:31:00.000250Z");
  EXPECT_EQ(format_rfc3339(from_unix_us(951'782'399'999'999)), "2000-02-28T23:59:59.999999Z");
  EXPECT_EQ(format_rfc3339(from_unix_us(951'782'400'000'000)), "2000-02-29T00:00:00.000000Z");
}

TEST(Timestamp, BeforeTheEpochCountsDown) {
  EXPECT_EQ(format_rfc3339(from_unix_us(-1)), "1969-12-31T23:59:59.999999Z");
}

TEST(Timestamp, BriefHasNoFractionThatIsZero) {
  EXPECT_EQ(format_rfc3339_brief(from_unix_us(1'795'415'460'000'250)),
            "2026-11-23T06:31:00.000250Z");
  EXPECT_EQ(format_rfc3339_brief(from_unix_us(1'795'415'460'000'000)), "2026-11-23T06:31:00Z");
  EXPECT_EQ(format_rfc3339_brief(from_unix_us(-1)), "1969-12-31T23:59:59.999999Z");
}

TEST(Timestamp, OfHttpIsToTheSecond) {
  EXPECT_EQ(format_http_date(from_unix_us(784'111'777'000'000)), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(format_http_date(from_unix_us(1'795'415'460'999'999)), "Mon, 23 Nov 2026 06:31:00 GMT");
  EXPECT_EQ(format_http_date(from_unix_us(-1)), "Wed, 31 Dec 1969 23:59:59 GMT");
}

}  // namespace
}  // namespace millrace::time
