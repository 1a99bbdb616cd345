// SPDX-License-Identifier: Apache-2.0
#include "gateway/put_body.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::gateway {
namespace {

using query::v1::NamedValue;
using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

std::vector<PutBatch> batches(const std::string& body) {
  auto read = put_batches("app-v1", body);
  EXPECT_TRUE(read.ok()) << read.status();
  return read.ok() ? *std::move(read) : std::vector<PutBatch>();
}

std::string refusal(const std::string& body) {
  const auto read = put_batches("app-v1", body);
  EXPECT_TRUE(absl::IsInvalidArgument(read.status())) << body;
  return error::message(read.status());
}

constexpr char kPoint[] = R"({"timestamp":"2020-07-31T13:55:23Z","values":{"value":23}})";

TEST(PutBody, TakesTheArrayOfData) {
  const auto read = batches(
      R"([{"ep-1":{"auto~t":[{"timestamp":"2020-07-31T13:55:23.123Z","values":{"value":23}}]}},)"
      R"({"ep-2":{"place":[{"timestamp":"2020-07-31T15:55:23.000001+02:00",)"
      R"("values":{"lat":-0.5,"name":"ä","fix":true,"alt":null},"ingestionTimestamp":1}]}}])");
  ASSERT_THAT(read, SizeIs(1));
  EXPECT_EQ(read[0].points, 2U);
  const auto& request = read[0].request;
  EXPECT_EQ(request.app_version_name(), "app-v1");
  ASSERT_EQ(request.series_size(), 2);
  EXPECT_EQ(request.series(0).endpoint_id(), "ep-1");
  EXPECT_EQ(request.series(0).time_series_name(), "auto~t");
  EXPECT_EQ(request.series(0).data_points(0).timestamp_us(), 1'596'203'723'123'000);
  EXPECT_EQ(request.series(0).data_points(0).values(0).number(), 23);
  const auto& point = request.series(1).data_points(0);
  EXPECT_EQ(point.timestamp_us(), 1'596'203'723'000'001);
  ASSERT_EQ(point.values_size(), 4);
  EXPECT_EQ(point.values(0).number(), -0.5);
  EXPECT_EQ(point.values(1).string(), "ä");
  EXPECT_TRUE(point.values(2).boolean());
  EXPECT_EQ(point.values(3).name(), "alt");
  EXPECT_EQ(point.values(3).kind_case(), NamedValue::KIND_NOT_SET);
}

TEST(PutBody, TakesTheObjectOfLast) {
  const auto read =
      batches(fmt::format(R"({{"a":{{"s":[{0}],"t":[{0},{0}]}},"b":{{"s":[{0}]}}}})", kPoint));
  ASSERT_THAT(read, SizeIs(1));
  EXPECT_EQ(read[0].points, 4U);
  EXPECT_EQ(read[0].request.series_size(), 3);
}

TEST(PutBody, NothingToPutIsNoBatch) {
  for (const char* body : {"[]", "{}", "[{}]", R"({"a":{}})", R"([{"a":{"s":[]}}])"}) {
    EXPECT_THAT(batches(body), SizeIs(0)) << body;
  }
}

TEST(PutBody, WhatIsWrongIsToldWithItsPlace) {
  EXPECT_THAT(refusal("5"), HasSubstr("the body: must be an object of endpoints"));
  EXPECT_THAT(refusal("[1]"), HasSubstr("/0: must be an object of endpoints"));
  EXPECT_THAT(refusal(R"([{"a":[]}])"), HasSubstr("/0/a: must be an object of series"));
  EXPECT_THAT(refusal(R"({"a":{"auto~t":{}}})"), HasSubstr("/a/auto~0t: must be an array"));
  EXPECT_THAT(
      refusal(fmt::format(
          R"({{"a/b":{{"s":[{},1,{{}},{{"timestamp":5,"values":{{"v":1}}}},)"
          R"({{"timestamp":"x","values":{{"v":1}}}},{{"timestamp":"2020-07-31","values":{{}}}},)"
          R"({{"timestamp":"2020-07-31","values":{{"v":[1]}}}}]}}}})",
          kPoint)),
      AllOf(HasSubstr("/a~1b/s/1: must be an object"), HasSubstr("/a~1b/s/2/timestamp: must be"),
            HasSubstr("/a~1b/s/3/timestamp: must be a string"),
            HasSubstr("/a~1b/s/4/timestamp: 'x' is no time"),
            HasSubstr("/a~1b/s/5/values: must be an object with at least one value"),
            HasSubstr("/a~1b/s/6/values: 'v' must be a number")));
  EXPECT_THAT(refusal(fmt::format(R"([{{"{}":{{}}}}])", std::string(129, 'x'))),
              HasSubstr("/0: an endpoint id has 129 bytes, must have 1 to 128: 'xxx"));
  EXPECT_THAT(refusal(R"({"a":{"":[]}})"), HasSubstr("/a: a name has 0 bytes"));
  EXPECT_THAT(refusal("[{"), HasSubstr("the body is no JSON"));
}

std::string points(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) text += ',';
    text += kPoint;
  }
  return text;
}

TEST(PutBody, ACallHasAtMostTenThousandPoints) {
  const auto read =
      batches(fmt::format(R"({{"a":{{"s":[{}],"t":[{}]}}}})", points(9'999), points(10'002)));
  ASSERT_THAT(read, SizeIs(3));
  EXPECT_EQ(read[0].points, 10'000U);
  EXPECT_EQ(read[1].points, 10'000U);
  EXPECT_EQ(read[2].points, 1U);
  EXPECT_EQ(read[0].request.series_size(), 2);
  EXPECT_EQ(read[1].origins[0].pointer, "/a/t");
  EXPECT_EQ(read[1].origins[0].first_point, 1U);
  EXPECT_EQ(read[2].origins[0].first_point, 10'001U);
}

TEST(PutBody, ACallHasAtMostAThousandSeriesAndAMebibyte) {
  std::string many = "{";
  for (int i = 0; i < 1001; ++i) {
    many += fmt::format(R"({}"e{}":{{"s":[{}]}})", i > 0 ? "," : "", i, kPoint);
  }
  EXPECT_THAT(batches(many + "}"), SizeIs(2));

  const std::string long_text(400'000, 'x');
  const std::string large =
      fmt::format(R"({{"timestamp":"2020-07-31","values":{{"v":"{}"}}}})", long_text);
  const auto read = batches(fmt::format(R"({{"a":{{"s":[{0},{0},{0}]}}}})", large));
  ASSERT_THAT(read, SizeIs(2));
  for (const PutBatch& batch : read) EXPECT_LE(batch.request.ByteSizeLong(), 1U << 20);
  EXPECT_THAT(
      refusal(fmt::format(R"({{"a":{{"s":[{{"timestamp":"2020-07-31","values":{{"v":"{}"}}}}]}}}})",
                          std::string(1 << 20, 'x'))),
      HasSubstr("/a/s/0: is larger than 1 MiB"));
}

TEST(PutBody, WhatQueryRefusesHasItsPlaceInTheBody) {
  PutBatch batch;
  batch.origins = {{"/0/a/s", 0}, {"/1/a/auto~0t", 10'000}};
  EXPECT_EQ(with_place_in_body(batch, "series[1].data_points[5].timestamp_us: is too old"),
            "/1/a/auto~0t/10005: timestamp_us: is too old");
  EXPECT_EQ(with_place_in_body(batch, "series[0].endpoint_id: there is none"),
            "/0/a/s: endpoint_id: there is none");
  EXPECT_EQ(with_place_in_body(batch, "series[0]: has no points"), "/0/a/s: has no points");
  for (const char* other : {"series[2].x: y", "app_version_name: unknown", "series[",
                            "series[x]: y", "series: has 0 entries"}) {
    EXPECT_EQ(with_place_in_body(batch, other), other);
  }
}

}  // namespace
}  // namespace millrace::gateway
