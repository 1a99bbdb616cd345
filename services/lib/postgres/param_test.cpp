// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "lib/postgres/binary.h"
#include "lib/postgres/connection.h"

namespace millrace::postgres {
namespace {

TEST(Param, HasTheTypeOfItsValue) {
  EXPECT_EQ(to_param("text").type_oid, binary::kText);
  EXPECT_EQ(to_param(std::string("text")).type_oid, binary::kText);
  EXPECT_EQ(to_param(std::int64_t{1}).type_oid, binary::kInt8);
  EXPECT_EQ(to_param(std::int32_t{1}).type_oid, binary::kInt4);
  EXPECT_EQ(to_param(1.5).type_oid, binary::kFloat8);
  EXPECT_EQ(to_param(true).type_oid, binary::kBool);
  EXPECT_EQ(to_param(time::UnixMicros{}).type_oid, binary::kTimestamptz);
  EXPECT_EQ(bytea_param("x").type_oid, binary::kBytea);
  EXPECT_EQ(to_param(std::vector<std::int64_t>{1}).type_oid, binary::kInt8Array);
  EXPECT_EQ(to_param(std::vector<std::int32_t>{1}).type_oid, binary::kInt4Array);
  EXPECT_EQ(to_param(std::vector<std::string>{"a"}).type_oid, binary::kTextArray);
}

TEST(Param, OfNothingIsNull) {
  EXPECT_TRUE(to_param(std::optional<std::int64_t>()).null);
  EXPECT_TRUE(null_param().null);
  EXPECT_FALSE(to_param(std::optional<std::int64_t>(0)).null);
  EXPECT_FALSE(to_param("").null);
}

TEST(Param, KnowsATextThatPostgresCannotHold) {
  using std::string_literals::operator""s;
  EXPECT_TRUE(to_param("a\0b"s).has_nul);
  EXPECT_TRUE(to_param(std::vector<std::string>{"fine", "\0"s}).has_nul);
  EXPECT_FALSE(to_param("a").has_nul);
  EXPECT_FALSE(to_param(std::int64_t{0}).has_nul) << "zero bytes of numbers are no text";
  EXPECT_FALSE(bytea_param("\0"s).has_nul);
}

}  // namespace
}  // namespace millrace::postgres
