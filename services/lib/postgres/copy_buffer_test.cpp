// SPDX-License-Identifier: Apache-2.0
#include "lib/postgres/copy_buffer.h"

#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace millrace::postgres {
namespace {

using std::string_literals::operator""s;

const std::string kHeader = "PGCOPY\n\xFF\r\n\0\0\0\0\0\0\0\0\0"s;

TEST(CopyBuffer, BeginsWithTheHeaderAndEndsWithTheTrailer) {
  CopyBuffer buffer;
  EXPECT_EQ(buffer.data(), kHeader);
  buffer.finish();
  EXPECT_EQ(buffer.data(), kHeader + "\xFF\xFF"s);
}

TEST(CopyBuffer, WritesEachValueWithItsLength) {
  CopyBuffer buffer;
  buffer.row(4);
  buffer.int2(1);
  buffer.null();
  buffer.text("ab");
  buffer.boolean(true);
  EXPECT_EQ(buffer.data(), kHeader + "\0\4"s + "\0\0\0\2\0\1"s + "\xFF\xFF\xFF\xFF"s +
                               "\0\0\0\2ab"s + "\0\0\0\1\1"s);
}

TEST(CopyBuffer, BeginsAnewAfterClear) {
  CopyBuffer buffer;
  buffer.row(1);
  buffer.int8(7);
  buffer.finish();
  buffer.clear();
  EXPECT_EQ(buffer.data(), kHeader);
}

TEST(CopyBuffer, OnlyTheNullPatternIsNullInAnArray) {
  CopyBuffer buffer;
  buffer.float8_array(std::vector<double>{null_pattern(), std::nan("")});
  const std::string expected =
      "\0\0\0\x24"s                       // 36 bytes: header and two elements
      "\0\0\0\1\0\0\0\1\0\0\x02\xBD"s     // one dimension, with NULL, float8
      "\0\0\0\2\0\0\0\1"s                 // two elements from 1
      "\xFF\xFF\xFF\xFF"s                 // NULL
      "\0\0\0\x08\x7F\xF8\0\0\0\0\0\0"s;  // NaN
  EXPECT_EQ(buffer.data(), kHeader + expected);
}

TEST(CopyBuffer, TheNullPatternIsNoNumberThatArithmeticMakes) {
  EXPECT_TRUE(std::isnan(null_pattern()));
  for (const double other : {std::nan(""), std::numeric_limits<double>::quiet_NaN(),
                             -std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_NE(std::bit_cast<std::uint64_t>(other), std::bit_cast<std::uint64_t>(null_pattern()));
  }
}

TEST(CopyBuffer, OnlyATextWithoutDataIsNullInAnArray) {
  CopyBuffer buffer;
  buffer.text_array(std::vector<std::string_view>{"ab", std::string_view(), ""});
  const std::string expected =
      "\0\0\0\x22"s                  // 34 bytes: header and three elements
      "\0\0\0\1\0\0\0\1\0\0\0\x19"s  // one dimension, with NULL, text
      "\0\0\0\3\0\0\0\1"s            // three elements from 1
      "\0\0\0\2ab"s
      "\xFF\xFF\xFF\xFF"s  // NULL
      "\0\0\0\0"s;
  EXPECT_EQ(buffer.data(), kHeader + expected);
}

TEST(CopyBuffer, WritesAnArrayOfIntegers) {
  CopyBuffer buffer;
  buffer.int4_array(std::vector<std::int32_t>{7, -1});
  const std::string expected =
      "\0\0\0\x24"s                  // 36 bytes: header and two elements
      "\0\0\0\1\0\0\0\0\0\0\0\x17"s  // one dimension, no NULL, int4
      "\0\0\0\2\0\0\0\1"s            // two elements from 1
      "\0\0\0\4\0\0\0\7"s
      "\0\0\0\4\xFF\xFF\xFF\xFF"s;
  EXPECT_EQ(buffer.data(), kHeader + expected);
}

TEST(CopyBuffer, AnEmptyArrayIsTwelveBytes) {
  CopyBuffer buffer;
  buffer.text_array({});
  EXPECT_EQ(buffer.data(), kHeader + "\0\0\0\x0C"s + "\0\0\0\0\0\0\0\0\0\0\0\x19"s);
}

}  // namespace
}  // namespace millrace::postgres
