// SPDX-License-Identifier: Apache-2.0
#include "query/put_request.h"

#include <functional>
#include <limits>

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::query {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

using Request = v1::PutDataPointsRequest;

Request good() {
  Request request;
  request.set_app_version_name("demo-v1");
  v1::EndpointSeriesPoints& series = *request.add_series();
  series.set_endpoint_id("ep");
  series.set_time_series_name("auto~temperature");
  v1::PutPoint& point = *series.add_data_points();
  point.set_timestamp_us(1'700'000'000'000'000);
  point.add_values()->set_name("value");
  point.mutable_values(0)->set_number(1.5);
  return request;
}

v1::PutPoint& point_in(Request& request) {
  return *request.mutable_series(0)->mutable_data_points(0);
}

TEST(PutRequest, TakesEveryKindOfValueAtItsBounds) {
  Request request = good();
  EXPECT_TRUE(check(request).ok());
  v1::PutPoint& point = point_in(request);
  point.add_values()->set_name("null");
  point.add_values()->set_name("text");
  point.mutable_values(2)->set_string("ä");
  point.add_values()->set_name("flag");
  point.mutable_values(3)->set_boolean(false);
  point.set_timestamp_us(-62'135'596'800'000'000);
  EXPECT_TRUE(check(request).ok()) << check(request);
  point.set_timestamp_us(253'402'300'799'999'999);
  EXPECT_TRUE(check(request).ok()) << check(request);
  request.mutable_series(0)->add_data_points()->CopyFrom(good().series(0).data_points(0));
  while (request.series_size() < 1000) request.add_series()->CopyFrom(good().series(0));
  EXPECT_TRUE(check(request).ok()) << check(request);
  Request many = good();
  while (many.series(0).data_points_size() < 10'000) {
    many.mutable_series(0)->add_data_points()->CopyFrom(good().series(0).data_points(0));
  }
  EXPECT_TRUE(check(many).ok()) << check(many);
}

TEST(PutRequest, ARefusalBeginsWithTheField) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const struct {
    const char* field;
    std::function<void(Request&)> change;
  } cases[] = {
      {"app_version_name", [](auto& request) { request.clear_app_version_name(); }},
      {"app_version_name", [](auto& request) { request.set_app_version_name("a\nb"); }},
      {"series: must", [](auto& request) { request.clear_series(); }},
      {"series: has 1001",
       [](auto& request) {
         while (request.series_size() <= 1000) request.add_series()->CopyFrom(good().series(0));
       }},
      {"series: has 0 data points",
       [](auto& request) { request.mutable_series(0)->clear_data_points(); }},
      {"series: has 10001 data points",
       [](auto& request) {
         while (request.series(0).data_points_size() <= 10'000) {
           request.mutable_series(0)->add_data_points();
         }
       }},
      {"series: makes a request of",
       [](auto& request) {
         point_in(request).mutable_values(0)->set_string(std::string(1 << 20, 'x'));
       }},
      {"series[0].endpoint_id",
       [](auto& request) { request.mutable_series(0)->clear_endpoint_id(); }},
      {"series[0].endpoint_id",
       [](auto& request) { request.mutable_series(0)->set_endpoint_id(std::string(129, 'x')); }},
      {"series[0].time_series_name: is \"a.b\"",
       [](auto& request) { request.mutable_series(0)->set_time_series_name("a.b"); }},
      {"series[0].time_series_name",
       [](auto& request) { request.mutable_series(0)->set_time_series_name("a.>"); }},
      {"series[0].time_series_name",
       [](auto& request) {
         request.mutable_series(0)->set_time_series_name(std::string(129, 'x'));
       }},
      {"series[1].data_points[0].values: must",
       [](auto& request) {
         request.add_series()->CopyFrom(good().series(0));
         request.mutable_series(1)->mutable_data_points(0)->clear_values();
       }},
      {"series[0].data_points[0].timestamp_us",
       [](auto& request) { point_in(request).set_timestamp_us(253'402'300'800'000'000); }},
      {"series[0].data_points[0].timestamp_us",
       [](auto& request) { point_in(request).set_timestamp_us(INT64_MIN); }},
      {"series[0].data_points[0].values[0].name",
       [](auto& request) { point_in(request).mutable_values(0)->set_name("a=b"); }},
      {"series[0].data_points[0].values[0].name",
       [](auto& request) { point_in(request).mutable_values(0)->set_name("time"); }},
      {"series[0].data_points[0].values[1].name: is \"value\", which",
       [](auto& request) { point_in(request).add_values()->set_name("value"); }},
      {"series[0].data_points[0].values[0].number: is nan",
       [](auto& request) { point_in(request).mutable_values(0)->set_number(kNan); }},
      {"series[0].data_points[0].values[0].number: is -inf",
       [](auto& request) { point_in(request).mutable_values(0)->set_number(-kInfinity); }},
      {"series[0].data_points[0].values[0].string",
       [](auto& request) {
         point_in(request).mutable_values(0)->set_string(std::string("a\0b", 3));
       }},
  };
  for (const auto& one : cases) {
    Request request = good();
    one.change(request);
    const absl::Status status = check(request);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << one.field;
    EXPECT_THAT(error::message(status), StartsWith(one.field));
  }
}

TEST(PutRequest, EachEndpointIsAskedForOnce) {
  Request request = good();
  for (const char* id : {"b", "a", "ep", "b"}) request.add_series()->set_endpoint_id(id);
  EXPECT_THAT(endpoint_ids_of(request), ElementsAre("ep", "b", "a"));
}

}  // namespace
}  // namespace millrace::query
