// SPDX-License-Identifier: Apache-2.0
#include "query/quantity_text.h"

#include <gtest/gtest.h>

namespace millrace::query {
namespace {

TEST(QuantityText, NumbersAreGroupedByThousands) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1000), "1,000");
  EXPECT_EQ(count_text(-123456), "-123,456");
  EXPECT_EQ(count_text(1234567), "1,234,567");
  EXPECT_EQ(count_of(1, "message"), "1 message");
  EXPECT_EQ(count_of(12431, "message"), "12,431 messages");
}

TEST(QuantityText, AgesHaveOneUnit) {
  using std::chrono::seconds;
  EXPECT_EQ(age_text(seconds{-5}), "0 s");
  EXPECT_EQ(age_text(seconds{119}), "119 s");
  EXPECT_EQ(age_text(seconds{180}), "3 min");
  EXPECT_EQ(age_text(seconds{7200}), "2 h");
  EXPECT_EQ(age_text(std::chrono::days{12}), "12 d");
}

TEST(QuantityText, BytesAreBinary) {
  EXPECT_EQ(bytes_text(512), "512 B");
  EXPECT_EQ(bytes_text(3565158), "3.4 MiB");
  EXPECT_EQ(bytes_text(std::int64_t{8} << 30), "8.0 GiB");
}

}  // namespace
}  // namespace millrace::query
