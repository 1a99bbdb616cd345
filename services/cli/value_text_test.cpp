// SPDX-License-Identifier: Apache-2.0
#include "cli/value_text.h"

#include <chrono>
#include <cstdint>
#include <limits>

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::cli {
namespace {

using testing::HasSubstr;

// 2026-11-23T06:31:00.000250Z
constexpr std::int64_t kMomentUs = 1'795'415'460'000'250;
const time::UnixMicros kNow = time::from_unix_us(kMomentUs);

std::int64_t parsed(std::string_view text) {
  const auto time = parse_time(text, kNow);
  EXPECT_TRUE(time.ok()) << time.status();
  return time.ok() ? time::to_unix_us(*time) : 0;
}

TEST(ValueText, TimesHaveMicrosecondsOnlyWhereThereAreSome) {
  EXPECT_EQ(format_time(kNow), "2026-11-23T06:31:00.000250Z");
  EXPECT_EQ(format_time(time::from_unix_us(kMomentUs - 250)), "2026-11-23T06:31:00Z");
  EXPECT_EQ(format_time(time::from_unix_us(-1)), "1969-12-31T23:59:59.999999Z");
}

TEST(ValueText, ATimestampThatIsNotSetIsEmpty) {
  EXPECT_EQ(format_time(google::protobuf::Timestamp()), "");
  EXPECT_EQ(format_time(to_timestamp(kNow)), "2026-11-23T06:31:00.000250Z");
  EXPECT_EQ(to_timestamp(time::from_unix_us(-1)).seconds(), -1);
  EXPECT_EQ(to_timestamp(time::from_unix_us(-1)).nanos(), 999'999'000);
}

TEST(ValueText, AbsoluteTimesAreRfc3339) {
  EXPECT_EQ(parsed("2026-11-23T06:31:00.000250Z"), kMomentUs);
  EXPECT_EQ(parsed("2026-11-23t06:31:00.00025z"), kMomentUs);
  EXPECT_EQ(parsed("2026-11-23 06:31:00.000250999Z"), kMomentUs);
  EXPECT_EQ(parsed("2026-11-23T07:31:00.000250+01:00"), kMomentUs);
  EXPECT_EQ(parsed("2026-11-23T01:01:00.000250-05:30"), kMomentUs);
  EXPECT_EQ(parsed("2026-11-23"), kMomentUs - 250 - 6 * 3'600'000'000 - 31 * 60'000'000);
  EXPECT_EQ(parsed("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parsed("2016-12-31T23:59:60Z"), parsed("2017-01-01T00:00:00Z"));
}

TEST(ValueText, RelativeTimesCountFromNow) {
  EXPECT_EQ(parsed("now"), kMomentUs);
  EXPECT_EQ(parsed("now-15m"), kMomentUs - 900'000'000);
  EXPECT_EQ(parsed("now-7d"), kMomentUs - 604'800'000'000);
  EXPECT_EQ(parsed("now+500ms"), kMomentUs + 500'000);
}

TEST(ValueText, NumbersCountSince1970InTheUnitThatTheirLengthTells) {
  EXPECT_EQ(parsed("1795415460"), kMomentUs - 250);
  EXPECT_EQ(parsed("1795415460.00025"), kMomentUs);
  EXPECT_EQ(parsed("1795415460000"), kMomentUs - 250);
  EXPECT_EQ(parsed("1795415460000250"), kMomentUs);
  EXPECT_EQ(parsed("1795415460000250999"), kMomentUs);
  EXPECT_EQ(parsed("100000000"), 100'000'000'000'000);
}

TEST(ValueText, EverythingElseIsNoTime) {
  for (const char* text : {"",
                           "yesterday",
                           "now-",
                           "now-7",
                           "now-7x",
                           "now+-1d",
                           "now-99999999d",
                           "nowhere",
                           "2026-11-23T06:31:00",
                           "2026-13-01T00:00:00Z",
                           "2026-02-30T00:00:00Z",
                           "2026-2-3",
                           "2026-11-23T24:00:00Z",
                           "2026-11-23T06:60:00Z",
                           "2026-11-23T06:31:61Z",
                           "2026-11-23T06:31:00.Z",
                           "2026-11-23T06:31:00Zx",
                           "2026-11-23T06:31:00+24:00",
                           "2026-11-23T06:31:00+1:00",
                           "0000-01-01",
                           "-026-11-23",
                           "2026-11-23T",
                           "2026",
                           "20261123",
                           "1795415460.",
                           "1795415460.x",
                           "1795415460000.5",
                           "-1795415460",
                           "9999999999999999999",
                           "17954154600002509990"}) {
    const auto time = parse_time(text, kNow);
    EXPECT_FALSE(time.ok()) << text;
    EXPECT_THAT(error::message(time.status()), HasSubstr(text));
  }
}

TEST(ValueText, LengthsAreBounded) {
  EXPECT_EQ(*parse_length("90s"), std::chrono::seconds{90});
  EXPECT_EQ(*parse_length("36600d"), std::chrono::hours{24 * 36'600});
  // The last one is as long as a duration of lib/config may be.
  for (const char* text : {"36601d", "110000000d", "106751991167d"}) {
    EXPECT_THAT(error::message(parse_length(text).status()), HasSubstr("36600d")) << text;
  }
  EXPECT_THAT(error::message(parse_length("an hour").status()), HasSubstr("for example 5s"));
}

TEST(ValueText, NumbersHaveTheFewestDigitsThatGiveThemBack) {
  EXPECT_EQ(format_number(23), "23");
  EXPECT_EQ(format_number(-0.1), "-0.1");
  EXPECT_EQ(format_number(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(format_number(9007199254740992.0), "9007199254740992");
  EXPECT_EQ(format_number(1e300), "1e+300");
  EXPECT_EQ(format_number(-std::numeric_limits<double>::max()), "-1.7976931348623157e+308");
  EXPECT_EQ(format_number(std::numeric_limits<double>::denorm_min()), "5e-324");
}

}  // namespace
}  // namespace millrace::cli
