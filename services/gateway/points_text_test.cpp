// SPDX-License-Identifier: Apache-2.0
#include "gateway/points_text.h"

#include <initializer_list>
#include <limits>

#include <gtest/gtest.h>

namespace millrace::gateway {
namespace {

using query::v1::DataPointsChunk;
using query::v1::ValueColumn;

// 2020-07-31T13:55:23Z
constexpr std::int64_t kSecondUs = 1'596'203'723'000'000;

DataPointsChunk chunk(const std::string& endpoint, const std::string& series,
                      std::initializer_list<std::int64_t> offsets_us) {
  DataPointsChunk chunk;
  chunk.set_endpoint_id(endpoint);
  chunk.set_time_series_name(series);
  for (const std::int64_t offset : offsets_us) chunk.add_timestamps_us(kSecondUs + offset);
  return chunk;
}

ValueColumn& add_numbers(DataPointsChunk& chunk, const std::string& name,
                         std::initializer_list<double> numbers) {
  ValueColumn& column = *chunk.add_columns();
  column.set_name(name);
  column.set_type(query::v1::VALUE_TYPE_NUMBER);
  column.mutable_numbers()->Assign(numbers.begin(), numbers.end());
  return column;
}

ValueColumn& add_strings(DataPointsChunk& chunk, const std::string& name,
                         std::initializer_list<std::string> strings) {
  ValueColumn& column = *chunk.add_columns();
  column.set_name(name);
  column.set_type(query::v1::VALUE_TYPE_STRING);
  column.mutable_strings()->Assign(strings.begin(), strings.end());
  return column;
}

void set_present(ValueColumn& column, std::initializer_list<bool> present) {
  column.mutable_present()->Assign(present.begin(), present.end());
}

// In pieces of about `enough` bytes.
std::string written(PointsText& points, const std::vector<DataPointsChunk>& chunks,
                    std::size_t enough) {
  std::string all;
  points.begin(all);
  for (const DataPointsChunk& one : chunks) {
    EXPECT_TRUE(points.take(one).ok());
    bool more = true;
    while (more) {
      std::string piece;
      more = points.write(piece, enough);
      all += piece;
    }
  }
  points.end(all);
  return all;
}

std::vector<DataPointsChunk> sample() {
  DataPointsChunk first = chunk("ep", "auto~t", {0, 123'456});
  add_numbers(first, "value", {23, 0.1});
  DataPointsChunk more = chunk("ep", "auto~t", {200'000});
  add_numbers(more, "value", {1e20});
  DataPointsChunk other = chunk("ep", "place", {0, 1});
  set_present(add_numbers(other, "lat", {48.5, 0}), {true, false});
  add_strings(other, "name", {"a \"b\", c", "=1+1\n"});
  return {first, more, other};
}

TEST(PointsText, JsonIsKaasArray) {
  const std::string expected =
      R"([{"ep":{"auto~t":[{"timestamp":"2020-07-31T13:55:23Z","values":{"value":23}},)"
      R"({"timestamp":"2020-07-31T13:55:23.123Z","values":{"value":0.1}},)"
      R"({"timestamp":"2020-07-31T13:55:23.200Z","values":{"value":1e+20}}]}},)"
      R"({"ep":{"place":[)"
      R"({"timestamp":"2020-07-31T13:55:23Z","values":{"lat":48.5,"name":"a \"b\", c"}},)"
      R"({"timestamp":"2020-07-31T13:55:23Z","values":{"lat":null,"name":"=1+1\n"}}]}}])";
  for (const std::size_t enough : {std::size_t{1}, std::size_t{100}, std::size_t{100'000}}) {
    EXPECT_EQ(written(*points_as_json(TimeUnit::kMilliseconds), sample(), enough), expected);
  }
}

TEST(PointsText, JsonWithoutPointsIsAnEmptyArray) {
  EXPECT_EQ(written(*points_as_json(TimeUnit::kMilliseconds), {}, 1), "[]");
  EXPECT_EQ(written(*points_as_json(TimeUnit::kMilliseconds), {chunk("ep", "a", {})}, 1), "[]");
}

TEST(PointsText, AnEmptyChunkIsNoElement) {
  DataPointsChunk one = chunk("ep", "a", {0});
  add_numbers(one, "value", {1});
  EXPECT_EQ(written(*points_as_json(TimeUnit::kMilliseconds),
                    {chunk("ep", "a", {}), one, chunk("ep", "b", {})}, 1),
            R"([{"ep":{"a":[{"timestamp":"2020-07-31T13:55:23Z","values":{"value":1}}]}}])");
}

TEST(PointsText, JsonHasMicrosecondsWhereAskedFor) {
  DataPointsChunk one = chunk("ep", "a", {1});
  add_numbers(one, "value", {1});
  EXPECT_EQ(written(*points_as_json(TimeUnit::kMicroseconds), {one}, 1),
            R"([{"ep":{"a":[{"timestamp":"2020-07-31T13:55:23.000001Z","values":{"value":1}}]}}])");
}

TEST(PointsText, AValueWhoseTypeChangedHasOneNameInJson) {
  DataPointsChunk one = chunk("ep", "a", {0, 1'000'000, 2'000'000});
  set_present(add_numbers(one, "v", {1, 0, 0}), {true, false, false});
  set_present(add_strings(one, "v", {"", "x", ""}), {false, true, false});
  EXPECT_EQ(written(*points_as_json(TimeUnit::kMilliseconds), {one}, 1),
            R"([{"ep":{"a":[{"timestamp":"2020-07-31T13:55:23Z","values":{"v":1}},)"
            R"({"timestamp":"2020-07-31T13:55:24Z","values":{"v":"x"}},)"
            R"({"timestamp":"2020-07-31T13:55:25Z","values":{"v":null}}]}}])");
}

TEST(PointsText, WhatJsonCannotSayIsNull) {
  DataPointsChunk one = chunk("ep", "a", {0});
  add_numbers(one, "v", {std::numeric_limits<double>::infinity()});
  ValueColumn& switched = *one.add_columns();
  switched.set_name("on");
  switched.set_type(query::v1::VALUE_TYPE_BOOLEAN);
  switched.add_booleans(true);
  EXPECT_EQ(
      written(*points_as_json(TimeUnit::kMilliseconds), {one}, 1),
      R"([{"ep":{"a":[{"timestamp":"2020-07-31T13:55:23Z","values":{"v":null,"on":true}}]}}])");
}

TEST(PointsText, CsvHasALineForEachValue) {
  const std::string expected =
      "timestamp,endpoint_id,series,value_name,value\r\n"
      "2020-07-31T13:55:23Z,ep,auto~t,value,23\r\n"
      "2020-07-31T13:55:23.123456Z,ep,auto~t,value,0.1\r\n"
      "2020-07-31T13:55:23.200000Z,ep,auto~t,value,1e+20\r\n"
      "2020-07-31T13:55:23Z,ep,place,lat,48.5\r\n"
      "2020-07-31T13:55:23Z,ep,place,name,\"a \"\"b\"\", c\"\r\n"
      "2020-07-31T13:55:23.000001Z,ep,place,name,\"'=1+1\n\"\r\n";
  for (const std::size_t enough : {std::size_t{1}, std::size_t{100'000}}) {
    EXPECT_EQ(written(*points_as_csv(true), sample(), enough), expected);
  }
}

TEST(PointsText, CsvKeepsFormulasWhereAskedForAndNeverTouchesNumbers) {
  DataPointsChunk one = chunk("-ep", "a", {0});
  add_numbers(one, "@n", {-5});
  add_strings(one, "s", {"-5"});
  EXPECT_EQ(written(*points_as_csv(false), {one}, 1),
            "timestamp,endpoint_id,series,value_name,value\r\n"
            "2020-07-31T13:55:23Z,-ep,a,@n,-5\r\n2020-07-31T13:55:23Z,-ep,a,s,-5\r\n");
  EXPECT_EQ(written(*points_as_csv(true), {one}, 1),
            "timestamp,endpoint_id,series,value_name,value\r\n"
            "2020-07-31T13:55:23Z,'-ep,a,'@n,-5\r\n2020-07-31T13:55:23Z,'-ep,a,s,'-5\r\n");
}

TEST(PointsText, AChunkThatDoesNotHangTogetherIsRefused) {
  DataPointsChunk one = chunk("ep", "a", {0, 1});
  add_numbers(one, "v", {1});
  EXPECT_TRUE(absl::IsDataLoss(points_as_json(TimeUnit::kMilliseconds)->take(one)));
  EXPECT_TRUE(absl::IsDataLoss(points_as_csv(true)->take(one)));
}

}  // namespace
}  // namespace millrace::gateway
