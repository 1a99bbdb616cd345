// SPDX-License-Identifier: Apache-2.0
#include "query/grafana_query.h"

#include <functional>

#include <gmock/gmock.h>

#include "lib/error/error.h"
#include "query/page_token.h"

namespace millrace::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

template <class Request>
void add_dimension(Request& request, const std::string& key, const std::string& value) {
  auto& dimension = *request.add_dimensions();
  dimension.set_key(key);
  dimension.set_value(value);
}

template <class Request>
Request good() {
  Request request;
  add_dimension(request, "application", "demo");
  add_dimension(request, "endpoint", "ep");
  request.add_metrics("auto~a");
  request.mutable_startdate()->set_seconds(1000);
  request.mutable_enddate()->set_seconds(2000);
  return request;
}

using History = grafanav3::GetMetricHistoryRequest;
using Aggregate = grafanav3::GetMetricAggregateRequest;

template <class Request>
std::string refusal(const Request& request) {
  const auto checked = check(request);
  EXPECT_EQ(checked.status().code(), absl::StatusCode::kInvalidArgument);
  return error::message(checked.status());
}

std::string refusal_with(const std::function<void(Aggregate&)>& change) {
  Aggregate request = good<Aggregate>();
  change(request);
  return refusal(request);
}

std::int64_t step_ms(std::int64_t interval_ms, std::int64_t max_items) {
  Aggregate request = good<Aggregate>();
  request.set_intervalms(interval_ms);
  request.set_maxitems(max_items);
  const auto query = check(request);
  EXPECT_TRUE(query.ok()) << query.status();
  return std::chrono::floor<std::chrono::milliseconds>(query->step).count();
}

TEST(GrafanaMetric, IsASeriesOrOneOfItsValues) {
  EXPECT_EQ(metric_of("auto~a"), (GrafanaMetric{"auto~a", "auto~a", "value"}));
  EXPECT_EQ(metric_of("place.lat"), (GrafanaMetric{"place.lat", "place", "lat"}));
  EXPECT_EQ(metric_of("place.a.b"), (GrafanaMetric{"place.a.b", "place", "a.b"}));
  EXPECT_EQ(metric_name("auto~a", "value"), "auto~a");
  EXPECT_EQ(metric_name("place", "a.b"), "place.a.b");
}

TEST(GrafanaQuery, BothEndsBelongToTheRange) {
  const auto query = check(good<History>());
  ASSERT_TRUE(query.ok()) << query.status();
  EXPECT_EQ(query->target.application_name, "demo");
  EXPECT_THAT(query->target.endpoint_ids, ElementsAre("ep"));
  EXPECT_EQ(time::to_unix_us(query->range.from), 1'000'000'000);
  EXPECT_EQ(time::to_unix_us(query->range.to), 2'000'000'001);
  EXPECT_EQ(query->max_rows, kMaxGrafanaRows);
  EXPECT_FALSE(query->behind);
}

// The plugin adds as many empty dimensions as were selected, and sends those without a value.
TEST(GrafanaQuery, EmptyDimensionsDoNotCount) {
  History request = good<History>();
  add_dimension(request, "", "");
  add_dimension(request, "endpoint", "");
  add_dimension(request, "endpoint", "ep");
  EXPECT_THAT(check(request)->target.endpoint_ids, ElementsAre("ep"));
}

TEST(GrafanaQuery, AVariableMayHaveSeveralValues) {
  History request = good<History>();
  add_dimension(request, "endpoint", "{b,ep,c}");
  request.add_metrics("{auto~b,place.lat}");
  const auto query = check(request);
  EXPECT_THAT(query->target.endpoint_ids, ElementsAre("ep", "b", "c"));
  EXPECT_THAT(query->metrics,
              ElementsAre(metric_of("auto~a"), metric_of("auto~b"), metric_of("place.lat")));
}

TEST(GrafanaQuery, ManyFieldsMakePagesShort) {
  History request = good<History>();
  for (int i = 0; i < 99; ++i) request.add_metrics("m" + std::to_string(i));
  EXPECT_EQ(check(request)->max_rows, 1000);
  request.set_maxitems(10);
  EXPECT_EQ(check(request)->max_rows, 10);
  request.add_metrics("one more");
  EXPECT_THAT(refusal(request), HasSubstr("101 fields, at most 100"));
}

TEST(GrafanaQuery, AWindowIsAsLongAsTheIntervalButNotShorterThanTheItemsAllow) {
  EXPECT_EQ(step_ms(60'000, 0), 60'000);
  EXPECT_EQ(step_ms(0, 100), 10'001);  // 1000 s and the last microsecond in 100 windows
  EXPECT_EQ(step_ms(1, 100), 10'001);
  EXPECT_EQ(step_ms(20'000, 100), 20'000);
  EXPECT_EQ(step_ms(0, 0), 1'001);
  EXPECT_EQ(step_ms(0, 10'000'000), 11);  // 100,000 at most
}

TEST(GrafanaQuery, TheAggregateIsAnOptionOrTheAverage) {
  Aggregate request = good<Aggregate>();
  EXPECT_EQ(check(request)->function, aggregation::Function::kAvg);
  (*request.mutable_options())["aggregate"] = "max";
  EXPECT_EQ(check(request)->function, aggregation::Function::kMax);
}

TEST(GrafanaQuery, ARefusalNamesTheField) {
  EXPECT_THAT(refusal_with([](auto& r) { r.clear_dimensions(); }), StartsWith("dimensions: "));
  EXPECT_THAT(refusal_with([](auto& r) { add_dimension(r, "site", "x"); }),
              StartsWith("dimensions[2]: there is no dimension \"site\""));
  EXPECT_THAT(refusal_with([](auto& r) { add_dimension(r, "application", "other"); }),
              StartsWith("dimensions: 2 applications"));
  EXPECT_THAT(refusal_with([](auto& r) { add_dimension(r, "endpoint", std::string(129, 'x')); }),
              StartsWith("dimensions: has 129 bytes"));
  EXPECT_THAT(refusal_with([](auto& r) { r.clear_metrics(); }), StartsWith("metrics: "));
  EXPECT_THAT(refusal_with([](auto& r) { r.clear_startdate(); }), StartsWith("startDate: "));
  EXPECT_THAT(refusal_with([](auto& r) { r.clear_enddate(); }), StartsWith("endDate: "));
  EXPECT_THAT(refusal_with([](auto& r) { r.mutable_enddate()->set_seconds(999); }),
              StartsWith("startDate: must not be later"));
  EXPECT_THAT(refusal_with([](auto& r) { r.mutable_enddate()->set_seconds(1LL << 40); }),
              StartsWith("endDate: "));
  EXPECT_THAT(refusal_with([](auto& r) { r.set_maxitems(-1); }), StartsWith("maxItems: "));
  EXPECT_THAT(refusal_with([](auto& r) { r.set_intervalms(-1); }), StartsWith("intervalMs: "));
  EXPECT_THAT(refusal_with([](auto& r) { r.set_intervalms(1LL << 60); }),
              StartsWith("intervalMs: "));
  EXPECT_THAT(refusal_with([](auto& r) { (*r.mutable_options())["aggregate"] = "mode"; }),
              StartsWith("options: aggregate must be one of avg, min"));
  EXPECT_THAT(refusal_with([](auto& r) { r.set_startingtoken("x"); }),
              StartsWith("startingToken: "));
  EXPECT_THAT(
      refusal_with([](auto& r) { r.set_timeordering(static_cast<grafanav3::TimeOrdering>(7)); }),
      StartsWith("timeOrdering: "));
}

TEST(GrafanaQuery, ATokenBelongsToItsRequestWhateverThePageSize) {
  Aggregate request = good<Aggregate>();
  (*request.mutable_options())["aggregate"] = "max";
  const auto token =
      make_time_token(check(request)->request_digest, time::from_unix_us(1'500'000'000));
  request.set_startingtoken(token);
  EXPECT_EQ(check(request)->behind, time::from_unix_us(1'500'000'000));
  (*request.mutable_options())["aggregate"] = "min";
  EXPECT_THAT(refusal(request), HasSubstr("another request"));
  History history = good<History>();
  history.set_startingtoken(make_time_token(check(history)->request_digest, {}));
  history.set_maxitems(5);
  EXPECT_TRUE(check(history).ok());
}

TEST(GrafanaQuery, TheFirstVersionCountsWholeSeconds) {
  grafana::GetMetricHistoryRequest request;
  add_dimension(request, "application", "demo");
  add_dimension(request, "endpoint", "ep");
  request.set_metric("auto~a");
  request.set_startdate(1000);
  request.set_enddate(1000);
  const auto query = check(request);
  ASSERT_TRUE(query.ok()) << query.status();
  EXPECT_EQ(time::to_unix_us(query->range.from), 1'000'000'000);
  EXPECT_EQ(time::to_unix_us(query->range.to), 1'001'000'000);
  add_dimension(request, "endpoint", "ep-2");
  EXPECT_THAT(refusal(request), HasSubstr("one of each"));
}

TEST(GrafanaQuery, TheFirstVersionNumbersItsAggregates) {
  grafana::GetMetricAggregateRequest request;
  add_dimension(request, "endpoint", "ep");
  request.set_metric("auto~a");
  request.set_enddate(1000);
  const std::vector<aggregation::Function> functions = {
      aggregation::Function::kAvg, aggregation::Function::kMax, aggregation::Function::kMin,
      aggregation::Function::kCount};
  for (int type = 0; type < 4; ++type) {
    request.set_aggregatetype(static_cast<grafana::AggregateType>(type));
    EXPECT_EQ(check(request)->function, functions[static_cast<std::size_t>(type)]);
  }
  request.set_aggregatetype(static_cast<grafana::AggregateType>(9));
  EXPECT_THAT(refusal(request), StartsWith("aggregateType: "));
}

TEST(GrafanaQuery, AKeyOfOneApplicationNeedsNoChoice) {
  const GrafanaTarget none;
  EXPECT_EQ(*chosen_application({"demo", {}}, rpc::Caller{}), "demo");
  EXPECT_EQ(*chosen_application(none, {1, "k", rpc::Role::kReader, {"fleet"}}), "fleet");
  EXPECT_FALSE(chosen_application(none, {1, "k", rpc::Role::kReader, {"a", "b"}}).ok());
  EXPECT_FALSE(chosen_application(none, rpc::Caller{}).ok());
}

}  // namespace
}  // namespace millrace::query
