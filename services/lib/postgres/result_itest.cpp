// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <gmock/gmock.h>

#include "lib/postgres/itest_database.h"
#include "lib/postgres/result.h"

namespace millrace::postgres {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using std::string_literals::operator""s;

Result must(absl::StatusOr<Result> result) {
  if (!result.ok()) {
    ADD_FAILURE() << result.status();
    std::abort();
  }
  return *std::move(result);
}

TEST(PostgresResult, EveryTypeMakesTheRoundTrip) {
  auto connection = itest_connect();
  const time::UnixMicros time = time::from_unix_us(1'763'000'000'123'456);
  const Result row = must(connection->execute(
      "SELECT $1::text, $2::int8, $3::int4, $4::float8, $5::bool, $6::timestamptz, $7::bytea, "
      "$8::int8[], $9::int4[], $10::text[], $11::text, 7::int2",
      {to_param("größe"), to_param(std::int64_t{-9'000'000'000}), to_param(std::int32_t{-7}),
       to_param(0.1), to_param(true), to_param(time), bytea_param("\0\xFF"s),
       to_param(std::vector<std::int64_t>{1, -2}), to_param(std::vector<std::int32_t>{3}),
       to_param(std::vector<std::string>{"a", "", "ü"}), null_param()}));
  EXPECT_EQ(row.text(0, 0), "größe");
  EXPECT_EQ(row.int8(0, 1), -9'000'000'000);
  EXPECT_EQ(row.int4(0, 2), -7);
  EXPECT_EQ(row.float8(0, 3), 0.1);
  EXPECT_TRUE(row.boolean(0, 4));
  EXPECT_EQ(row.timestamp(0, 5), time);
  EXPECT_EQ(row.bytea(0, 6), "\0\xFF"s);
  EXPECT_THAT(row.int8_array(0, 7), ElementsAre(1, -2));
  EXPECT_THAT(row.int4_array(0, 8), ElementsAre(3));
  EXPECT_THAT(row.text_array(0, 9), ElementsAre("a", "", "ü"));
  EXPECT_TRUE(row.is_null(0, 10));
  EXPECT_EQ(row.int2(0, 11), 7);
}

TEST(PostgresResult, EmptyArraysAndNumbersAtTheirEndsMakeTheRoundTrip) {
  auto connection = itest_connect();
  const Result row = must(connection->execute(
      "SELECT $1::text[], $2::int8[], 'NaN'::float8, '-Infinity'::float8, 'infinity'::timestamptz, "
      "'{1.5,NULL}'::float8[], 'name'::name, '{\"a\": 1}'::json",
      {to_param(std::vector<std::string>{}), to_param(std::vector<std::int64_t>{})}));
  EXPECT_THAT(row.text_array(0, 0), IsEmpty());
  EXPECT_THAT(row.int8_array(0, 1), IsEmpty());
  EXPECT_TRUE(std::isnan(row.float8(0, 2)));
  EXPECT_EQ(row.float8(0, 3), -INFINITY);
  EXPECT_EQ(row.timestamp(0, 4), time::UnixMicros::max());
  EXPECT_EQ(row.float8_array(0, 5)[0], 1.5);
  EXPECT_TRUE(std::isnan(row.float8_array(0, 5)[1]));
  const Result texts = must(connection->execute("SELECT '{a,NULL,\"\"}'::text[]"));
  EXPECT_THAT(texts.nullable_text_array(0, 0), ElementsAre("a", std::nullopt, ""));
  EXPECT_EQ(row.text(0, 6), "name");
  EXPECT_EQ(row.text(0, 7), "{\"a\": 1}");
}

TEST(PostgresResult, CountsTheRowsThatAStatementTouched) {
  auto connection = itest_connect();
  ASSERT_TRUE(connection->execute_script("CREATE TEMP TABLE t (a int4)").ok());
  EXPECT_EQ(must(connection->execute("INSERT INTO t SELECT generate_series(1, 5)")).affected_rows(),
            5);
  EXPECT_EQ(must(connection->execute("DELETE FROM t WHERE a > 3")).affected_rows(), 2);
  EXPECT_EQ(Result().affected_rows(), 0);
  EXPECT_EQ(Result().rows(), 0);
}

TEST(PostgresResultDeathTest, ReadingAnotherTypeOrNullIsABug) {
  auto connection = itest_connect();
  const Result row = must(connection->execute("SELECT 1::int4, NULL::text, ARRAY[[1],[2]]"));
  EXPECT_DEATH(row.int8(0, 0), "BUG: read column 0");
  EXPECT_DEATH(row.text(0, 1), "which is NULL");
  EXPECT_DEATH(row.int4(1, 0), "read row 1 column 0");
  EXPECT_DEATH(row.int4_array(0, 2), "array of other shape");
}

}  // namespace
}  // namespace millrace::postgres
