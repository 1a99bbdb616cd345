// SPDX-License-Identifier: Apache-2.0
#include "query/chart_request.h"

#include <functional>

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::query {
namespace {

using testing::StartsWith;

v1::GetChartRequest good() {
  v1::GetChartRequest request;
  request.set_application_name("demo");
  request.add_endpoint_ids("ep");
  request.add_time_series_names("auto~a");
  request.mutable_from()->set_seconds(100);
  request.mutable_to()->set_seconds(200);
  return request;
}

std::string refusal_with(const std::function<void(v1::GetChartRequest&)>& change) {
  v1::GetChartRequest request = good();
  change(request);
  const auto checked = check(request);
  EXPECT_EQ(checked.status().code(), absl::StatusCode::kInvalidArgument);
  return error::message(checked.status());
}

TEST(ChartRequest, FourThousandPointsUnlessToldOtherwise) {
  v1::GetChartRequest request = good();
  EXPECT_EQ(check(request)->max_points, 4'000U);
  EXPECT_EQ(time::to_unix_us(check(request)->range.end), 200'000'000);
  request.set_max_points(4);
  EXPECT_EQ(check(request)->max_points, 4U);
  request.set_max_points(40'000);
  EXPECT_EQ(check(request)->max_points, 40'000U);
}

TEST(ChartRequest, ARefusalNamesTheField) {
  EXPECT_THAT(refusal_with([](auto& one) { one.set_max_points(3); }),
              StartsWith("max_points: is 3, must be 4 to 40000"));
  EXPECT_THAT(refusal_with([](auto& one) { one.set_max_points(40'001); }),
              StartsWith("max_points: is 40001"));
  EXPECT_THAT(refusal_with([](auto& one) { one.set_max_points(-4); }), StartsWith("max_points"));
  EXPECT_THAT(refusal_with([](auto& one) {
                for (int i = 0; i < 100; ++i) one.add_endpoint_ids("e" + std::to_string(i));
              }),
              StartsWith("endpoint_ids: has 101 entries, at most 100"));
  EXPECT_THAT(refusal_with([](auto& one) { one.clear_time_series_names(); }),
              StartsWith("time_series_names"));
  EXPECT_THAT(refusal_with([](auto& one) { one.mutable_to()->set_seconds(99); }),
              StartsWith("from: must not be later"));
}

}  // namespace
}  // namespace millrace::query
