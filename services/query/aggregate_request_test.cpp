// SPDX-License-Identifier: Apache-2.0
#include "query/aggregate_request.h"

#include <functional>
#include <limits>
#include <string>

#include <gmock/gmock.h>

#include "lib/error/error.h"
#include "query/page_token.h"

namespace millrace::query {
namespace {

using aggregation::CalendarUnit;
using aggregation::Function;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

v1::AggregateRequest good() {
  v1::AggregateRequest request;
  request.set_application_name("demo");
  request.add_endpoint_ids("ep-2");
  request.add_endpoint_ids("ep-1");
  request.add_time_series_names("auto~a");
  request.mutable_from()->set_seconds(100);
  request.mutable_to()->set_seconds(200);
  request.add_aggregations()->set_function(v1::AGGREGATE_FUNCTION_AVG);
  return request;
}

using Change = std::function<void(v1::AggregateRequest&)>;

std::string refusal_with(const Change& change) {
  v1::AggregateRequest request = good();
  change(request);
  const auto checked = check(request);
  EXPECT_EQ(checked.status().code(), absl::StatusCode::kInvalidArgument);
  return error::message(checked.status());
}

AggregateQuery accepted_with(const Change& change) {
  v1::AggregateRequest request = good();
  change(request);
  const auto checked = check(request);
  EXPECT_TRUE(checked.ok()) << checked.status();
  return checked.ok() ? *checked : AggregateQuery{};
}

Change every(std::int64_t seconds, std::int32_t nanos) {
  return [=](v1::AggregateRequest& request) {
    request.mutable_window()->mutable_every()->set_seconds(seconds);
    request.mutable_window()->mutable_every()->set_nanos(nanos);
  };
}

TEST(AggregateRequest, DefaultsAreOneWindowInUtcPerEndpointWithoutFill) {
  const AggregateQuery query = accepted_with([](auto&) {});
  EXPECT_TRUE(std::holds_alternative<aggregation::WholeRange>(query.rule));
  EXPECT_EQ(query.zone, absl::UTCTimeZone());
  EXPECT_FALSE(query.across_endpoints);
  EXPECT_EQ(query.fill, aggregation::Fill::kNone);
  EXPECT_THAT(query.endpoint_ids, ElementsAre("ep-2", "ep-1"));
  EXPECT_EQ(time::to_unix_us(query.range.start), 100'000'000);
  EXPECT_EQ(time::to_unix_us(query.range.end), 200'000'000);
  EXPECT_FALSE(query.limit.has_value());
  EXPECT_FALSE(query.behind.has_value());
}

TEST(AggregateRequest, AcrossEndpointsTheyAreInByteOrder) {
  const AggregateQuery query = accepted_with([](auto& one) { one.set_across_endpoints(true); });
  EXPECT_THAT(query.endpoint_ids, ElementsAre("ep-1", "ep-2"));
}

TEST(AggregateRequest, FixedWindowsAreWholeMicrosecondsFromOneMillisecondOn) {
  const AggregateQuery query = accepted_with(every(0, 1'000'000));
  EXPECT_EQ(std::get<aggregation::FixedWindows>(query.rule).every, std::chrono::milliseconds{1});
  accepted_with(every(std::int64_t{36'525} * 86'400, 0));
  EXPECT_THAT(refusal_with(every(0, 999'999)), StartsWith("window.every: must be 1 ms"));
  EXPECT_THAT(refusal_with(every(1, 500)), StartsWith("window.every: nanos is 500"));
  EXPECT_THAT(refusal_with(every(-1, 0)), StartsWith("window.every: must be 1 ms"));
  EXPECT_THAT(refusal_with(every(std::int64_t{36'525} * 86'400, 1)),
              StartsWith("window.every: must be 1 ms to 36525 days"));
  EXPECT_THAT(refusal_with(every(std::numeric_limits<std::int64_t>::max(), 999'999'999)),
              StartsWith("window.every"));
  EXPECT_THAT(refusal_with(every(1, 1'000'000'000)), StartsWith("window.every"));
  EXPECT_THAT(refusal_with([](auto& one) { one.mutable_window(); }), StartsWith("window: must"));
}

TEST(AggregateRequest, CalendarWindowsHaveAUnitAndACount) {
  const auto calendar = [](v1::CalendarUnit unit, std::int32_t count) -> Change {
    return [=](v1::AggregateRequest& request) {
      request.mutable_window()->mutable_calendar()->set_unit(unit);
      request.mutable_window()->mutable_calendar()->set_count(count);
    };
  };
  const auto rule = std::get<aggregation::CalendarWindows>(
      accepted_with(calendar(v1::CALENDAR_UNIT_MONTH, 3)).rule);
  EXPECT_EQ(rule.unit, CalendarUnit::kMonth);
  EXPECT_EQ(rule.count, 3);
  EXPECT_EQ(std::get<aggregation::CalendarWindows>(
                accepted_with(calendar(v1::CALENDAR_UNIT_WEEK, 0)).rule)
                .count,
            1);
  EXPECT_THAT(refusal_with(calendar(v1::CALENDAR_UNIT_UNSPECIFIED, 1)),
              StartsWith("window.calendar.unit"));
  EXPECT_THAT(refusal_with(calendar(v1::CALENDAR_UNIT_DAY, 1001)),
              StartsWith("window.calendar.count"));
  EXPECT_THAT(refusal_with(calendar(v1::CALENDAR_UNIT_DAY, -1)),
              StartsWith("window.calendar.count"));
}

TEST(AggregateRequest, WindowsAreCountedBeforeAnythingIsRead) {
  const auto windows = [](std::int64_t count, bool across) -> Change {
    return [=](v1::AggregateRequest& request) {
      every(0, 1'000'000)(request);
      request.mutable_from()->set_seconds(0);
      request.mutable_to()->set_seconds(count / 1000);
      request.mutable_to()->set_nanos(static_cast<std::int32_t>(count % 1000 * 1'000'000));
      request.set_across_endpoints(across);
    };
  };
  accepted_with(windows(1'000'000, false));
  EXPECT_THAT(refusal_with(windows(1'000'001, false)),
              StartsWith("window: divides the range into 1000001 windows, at most 1000000"));
  accepted_with(windows(100'000, true));
  EXPECT_THAT(refusal_with(windows(100'001, true)), HasSubstr("at most 100000 are allowed across"));
}

TEST(AggregateRequest, EachFunctionHasItsName) {
  const AggregateQuery query = accepted_with([](v1::AggregateRequest& request) {
    request.clear_aggregations();
    for (int i = 1; i < v1::AggregateFunction_ARRAYSIZE; ++i) {
      request.add_aggregations()->set_function(static_cast<v1::AggregateFunction>(i));
    }
    request.mutable_aggregations(8)->set_percentile(99.5);
  });
  const std::vector<Function> wanted = {Function::kMin,
                                        Function::kMax,
                                        Function::kAvg,
                                        Function::kSum,
                                        Function::kCount,
                                        Function::kFirst,
                                        Function::kLast,
                                        Function::kStddev,
                                        Function::kPercentile,
                                        Function::kDelta,
                                        Function::kIncrease,
                                        Function::kRate,
                                        Function::kTimeWeightedAvg};
  ASSERT_EQ(query.aggregations.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ(query.aggregations[i].function, wanted[i]) << i;
  }
  EXPECT_DOUBLE_EQ(query.aggregations[8].percentile, 99.5);
}

TEST(AggregateRequest, AggregationsAreChecked) {
  EXPECT_THAT(refusal_with([](auto& one) { one.clear_aggregations(); }),
              StartsWith("aggregations: must have at least one"));
  EXPECT_THAT(refusal_with([](auto& one) {
                for (int i = 0; i < 20; ++i) *one.add_aggregations() = one.aggregations(0);
              }),
              StartsWith("aggregations: has 21 entries, at most 20"));
  EXPECT_THAT(refusal_with([](auto& one) { one.add_aggregations(); }),
              StartsWith("aggregations[1].function: must be set"));
  EXPECT_THAT(refusal_with([](auto& one) {
                one.mutable_aggregations(0)->set_function(static_cast<v1::AggregateFunction>(99));
              }),
              StartsWith("aggregations[0].function: 99"));
  EXPECT_THAT(refusal_with([](auto& one) { one.mutable_aggregations(0)->set_percentile(50); }),
              StartsWith("aggregations[0].percentile: belongs to"));
  for (const double percent : {-0.1, 100.1, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THAT(refusal_with([percent](auto& one) {
                  one.mutable_aggregations(0)->set_function(v1::AGGREGATE_FUNCTION_PERCENTILE);
                  one.mutable_aggregations(0)->set_percentile(percent);
                }),
                StartsWith("aggregations[0].percentile: is"));
  }
}

TEST(AggregateRequest, OtherFieldsAreChecked) {
  EXPECT_THAT(refusal_with([](auto& one) { one.set_application_name(""); }),
              StartsWith("application_name"));
  EXPECT_THAT(refusal_with([](auto& one) { one.clear_endpoint_ids(); }),
              StartsWith("endpoint_ids"));
  EXPECT_THAT(refusal_with([](auto& one) { one.add_value_names("\n"); }),
              StartsWith("value_names[0]"));
  EXPECT_THAT(refusal_with([](auto& one) { one.clear_to(); }), StartsWith("to: must be set"));
  EXPECT_THAT(refusal_with([](auto& one) { one.set_time_zone("Mars"); }),
              StartsWith("time_zone: "));
  EXPECT_THAT(refusal_with([](auto& one) { one.set_fill(static_cast<v1::Fill>(9)); }),
              StartsWith("fill: 9"));
  EXPECT_THAT(refusal_with([](auto& one) { one.set_limit(-1); }), StartsWith("limit"));
  EXPECT_THAT(refusal_with([](auto& one) { one.set_resume_token("x"); }),
              StartsWith("resume_token"));
}

TEST(AggregateRequest, GoesOnWithItsTokenWhateverTheLimit) {
  v1::AggregateRequest request = good();
  const AggregatePosition position{1,
                                   "auto~a",
                                   {"value", time_series::ValueType::kBoolean},
                                   time::from_unix_us(150),
                                   time::from_unix_us(160)};
  request.set_resume_token(make_aggregate_token(digest_of(request), position));
  request.set_limit(7);
  const auto query = check(request);
  ASSERT_TRUE(query.ok()) << query.status();
  EXPECT_EQ(query->behind, position);
  EXPECT_EQ(query->limit, 7);
  request.set_across_endpoints(true);
  EXPECT_THAT(error::message(check(request).status()),
              StartsWith("resume_token: belongs to another request"));
}

}  // namespace
}  // namespace millrace::query
