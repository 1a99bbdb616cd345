// SPDX-License-Identifier: Apache-2.0
#include "lib/postgres/binary.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>

namespace millrace::postgres::binary {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;
using std::string_literals::operator""s;

template <class Append, class Value>
std::string bytes_of(Append append, Value value) {
  std::string bytes;
  append(bytes, value);
  return bytes;
}

TEST(Binary, NumbersAreBigEndian) {
  EXPECT_EQ(bytes_of(append_int16, std::int16_t{0x0102}), "\1\2");
  EXPECT_EQ(bytes_of(append_int32, -2), "\xFF\xFF\xFF\xFE");
  EXPECT_EQ(bytes_of(append_int64, std::int64_t{0x0102030405060708}), "\1\2\3\4\5\6\7\10");
  EXPECT_EQ(bytes_of(append_float8, 1.0), "\x3F\xF0\0\0\0\0\0\0"s);
}

TEST(Binary, NumbersComeBackAsTheyWere) {
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::min(),
        std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(read_int64(bytes_of(append_int64, value)), value);
  }
  EXPECT_EQ(read_int16(bytes_of(append_int16, std::int16_t{-32768})), -32768);
  EXPECT_EQ(read_int32(bytes_of(append_int32, -2147483647)), -2147483647);
  EXPECT_EQ(read_float8(bytes_of(append_float8, -0.1)), -0.1);
  EXPECT_TRUE(std::isnan(read_float8(bytes_of(append_float8, std::nan("")))));
}

TEST(Binary, TimestampsCountFromTheYear2000) {
  const time::UnixMicros y2000 = time::from_unix_us(946'684'800'000'000);
  EXPECT_EQ(bytes_of(append_timestamp, y2000), std::string(8, '\0'));
  EXPECT_EQ(read_timestamp(std::string(8, '\0')), y2000);
  const time::UnixMicros before_1970 = time::from_unix_us(-1);
  EXPECT_EQ(read_timestamp(bytes_of(append_timestamp, before_1970)), before_1970);
}

TEST(Binary, TheEndsOfTimeAreInfinity) {
  EXPECT_EQ(bytes_of(append_timestamp, time::UnixMicros::max()),
            "\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF");
  EXPECT_EQ(bytes_of(append_timestamp, time::UnixMicros::min()), "\x80\0\0\0\0\0\0\0"s);
  EXPECT_EQ(read_timestamp("\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), time::UnixMicros::max());
  EXPECT_EQ(read_timestamp("\x80\0\0\0\0\0\0\0"s), time::UnixMicros::min());
}

TEST(Binary, ArraysComeBackWithTheirNulls) {
  std::string bytes;
  append_array_header(bytes, kText, 3, true);
  append_int32(bytes, 1);
  bytes += "a";
  append_int32(bytes, -1);
  append_int32(bytes, 0);
  const auto elements = read_array(bytes, kText);
  ASSERT_TRUE(elements);
  EXPECT_THAT(*elements, ElementsAre(Optional(std::string_view("a")), std::nullopt,
                                     Optional(std::string_view())));
}

TEST(Binary, AnEmptyArrayHasNoDimension) {
  std::string bytes;
  append_array_header(bytes, kInt8, 0, false);
  EXPECT_EQ(bytes, "\0\0\0\0\0\0\0\0\0\0\0\x14"s);
  const auto elements = read_array(bytes, kInt8);
  ASSERT_TRUE(elements);
  EXPECT_TRUE(elements->empty());
}

TEST(Binary, RefusesArraysOfAnotherShape) {
  std::string good;
  append_array_header(good, kInt4, 2, false);
  for (const int number : {1, 2}) {
    append_int32(good, 4);
    append_int32(good, number);
  }
  ASSERT_TRUE(read_array(good, kInt4));

  EXPECT_FALSE(read_array(good, kInt8)) << "another element type";
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(read_array(std::string_view(good).substr(0, length), kInt4)) << length;
  }
  EXPECT_FALSE(read_array(good + "x", kInt4)) << "bytes behind the last element";

  std::string two_dimensions = good;
  two_dimensions[3] = 2;
  EXPECT_FALSE(read_array(two_dimensions, kInt4));

  std::string wrong_count = good;
  wrong_count[12] = '\x7F';
  EXPECT_FALSE(read_array(wrong_count, kInt4)) << "a count beyond the bytes";

  std::string wrong_length = good;
  wrong_length[20] = '\x7F';
  EXPECT_FALSE(read_array(wrong_length, kInt4));
}

}  // namespace
}  // namespace millrace::postgres::binary
