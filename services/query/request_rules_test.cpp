// SPDX-License-Identifier: Apache-2.0
#include "query/request_rules.h"

#include <functional>
#include <string>

#include <gmock/gmock.h>

#include "lib/error/error.h"
#include "query/page_token.h"
#include "query/request_names.h"

namespace millrace::query {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

void set(google::protobuf::Timestamp* time, std::int64_t seconds, std::int32_t nanos = 0) {
  time->set_seconds(seconds);
  time->set_nanos(nanos);
}

v1::GetDataPointsRequest good() {
  v1::GetDataPointsRequest request;
  request.set_application_name("demo");
  request.add_endpoint_ids("ep-1");
  request.add_time_series_names("auto~a");
  set(request.mutable_from(), 100);
  set(request.mutable_to(), 200);
  return request;
}

template <class Request>
std::string refusal(const Request& request) {
  const auto checked = check(request);
  EXPECT_EQ(checked.status().code(), absl::StatusCode::kInvalidArgument);
  return error::message(checked.status());
}

std::string refusal_with(const std::function<void(v1::GetDataPointsRequest&)>& change) {
  v1::GetDataPointsRequest request = good();
  change(request);
  return refusal(request);
}

std::pair<std::int64_t, std::int64_t> range_with(v1::IncludeTime include, std::int32_t nanos) {
  v1::GetDataPointsRequest request = good();
  request.set_include_time(include);
  request.mutable_from()->set_nanos(nanos);
  request.mutable_to()->set_nanos(nanos);
  const auto points = check(request);
  return {time::to_unix_us(points->range.from), time::to_unix_us(points->range.to)};
}

TEST(RequestRules, DefaultsOfARangeAreAscendingHalfOpenWithoutLimit) {
  const auto points = check(good());
  ASSERT_TRUE(points.ok()) << points.status();
  EXPECT_EQ(points->application_name, "demo");
  EXPECT_EQ(points->direction, time_series::Direction::kAscending);
  EXPECT_EQ(time::to_unix_us(points->range.from), 100'000'000);
  EXPECT_EQ(time::to_unix_us(points->range.to), 200'000'000);
  EXPECT_FALSE(points->limit.has_value());
  EXPECT_FALSE(points->behind.has_value());
}

TEST(RequestRules, AnExtentNeedsEndpoints) {
  v1::ListTimeSeriesRequest request;
  request.set_application_name("demo");
  request.set_with_extent(true);
  EXPECT_THAT(refusal(request), StartsWith("endpoint_ids: "));
  request.add_endpoint_ids("ep");
  EXPECT_TRUE(check(request)->with_extent);
  request.set_with_extent(false);
  EXPECT_FALSE(check(request)->with_extent);
}

TEST(RequestRules, IncludeTimeChoosesTheEnds) {
  using Range = std::pair<std::int64_t, std::int64_t>;
  EXPECT_EQ(range_with(v1::INCLUDE_TIME_FROM, 0), Range(100'000'000, 200'000'000));
  EXPECT_EQ(range_with(v1::INCLUDE_TIME_TO, 0), Range(100'000'001, 200'000'001));
  EXPECT_EQ(range_with(v1::INCLUDE_TIME_BOTH, 0), Range(100'000'000, 200'000'001));
  EXPECT_EQ(range_with(v1::INCLUDE_TIME_NONE, 0), Range(100'000'001, 200'000'000));
}

TEST(RequestRules, ABoundBetweenTwoMicrosecondsBelongsToNeither) {
  using Range = std::pair<std::int64_t, std::int64_t>;
  for (const auto include :
       {v1::INCLUDE_TIME_FROM, v1::INCLUDE_TIME_TO, v1::INCLUDE_TIME_BOTH, v1::INCLUDE_TIME_NONE}) {
    EXPECT_EQ(range_with(include, 500), Range(100'000'001, 200'000'001));
  }
}

TEST(RequestRules, NamesAreTakenOnceInTheOrderAsked) {
  v1::GetDataPointsRequest request = good();
  request.add_endpoint_ids("a");
  request.add_endpoint_ids("ep-1");
  EXPECT_THAT(check(request)->endpoint_ids, ElementsAre("ep-1", "a"));
}

TEST(RequestRules, ARefusalBeginsWithTheField) {
  EXPECT_THAT(refusal_with([](auto& r) { r.clear_application_name(); }),
              StartsWith("application_name:"));
  EXPECT_THAT(refusal_with([](auto& r) { r.set_application_name(std::string(64, 'a')); }),
              StartsWith("application_name:"));
  EXPECT_THAT(refusal_with([](auto& r) { r.clear_endpoint_ids(); }), StartsWith("endpoint_ids:"));
  EXPECT_THAT(refusal_with([](auto& r) { r.add_endpoint_ids(""); }),
              StartsWith("endpoint_ids[1]:"));
  EXPECT_THAT(refusal_with([](auto& r) { r.add_endpoint_ids(std::string("a\0b", 3)); }),
              StartsWith("endpoint_ids[1]:"));
  EXPECT_THAT(refusal_with([](auto& r) { r.add_endpoint_ids(std::string(129, 'a')); }),
              StartsWith("endpoint_ids[1]:"));
  EXPECT_THAT(refusal_with([](auto& r) { r.clear_time_series_names(); }),
              StartsWith("time_series_names:"));
  EXPECT_THAT(refusal_with([](auto& r) { r.clear_from(); }), StartsWith("from:"));
  EXPECT_THAT(refusal_with([](auto& r) { r.clear_to(); }), StartsWith("to:"));
  EXPECT_THAT(refusal_with([](auto& r) { set(r.mutable_from(), 201); }), StartsWith("from:"));
  EXPECT_THAT(refusal_with([](auto& r) { set(r.mutable_from(), 200, 1); }), StartsWith("from:"));
  EXPECT_THAT(refusal_with([](auto& r) { set(r.mutable_from(), 1, -1); }), StartsWith("from:"));
  EXPECT_THAT(refusal_with([](auto& r) { set(r.mutable_from(), -62'135'596'801); }),
              StartsWith("from:"));
  EXPECT_THAT(refusal_with([](auto& r) { set(r.mutable_to(), 253'402'300'800); }),
              StartsWith("to:"));
  EXPECT_THAT(refusal_with([](auto& r) { set(r.mutable_to(), 1, 1'000'000'000); }),
              StartsWith("to:"));
  EXPECT_THAT(refusal_with([](auto& r) { r.set_include_time(static_cast<v1::IncludeTime>(9)); }),
              StartsWith("include_time:"));
  EXPECT_THAT(refusal_with([](auto& r) { r.set_order(static_cast<v1::Order>(9)); }),
              StartsWith("order:"));
  EXPECT_THAT(refusal_with([](auto& r) { r.set_limit(-1); }), StartsWith("limit:"));
  EXPECT_THAT(refusal_with([](auto& r) { r.set_resume_token("x"); }), StartsWith("resume_token:"));
}

TEST(RequestRules, AThousandNamesAreAllowedAndNotOneMore) {
  v1::GetDataPointsRequest request = good();
  for (int i = 1; i < kMaxNames; ++i) request.add_endpoint_ids("e" + std::to_string(i));
  EXPECT_TRUE(check(request).ok());
  request.add_endpoint_ids("one more");
  EXPECT_THAT(refusal(request), StartsWith("endpoint_ids:"));
}

TEST(RequestRules, TheWholeOfTimeIsARange) {
  v1::GetDataPointsRequest request = good();
  set(request.mutable_from(), -62'135'596'800);
  set(request.mutable_to(), 253'402'300'799, 999'999'999);
  EXPECT_TRUE(check(request).ok());
}

TEST(RequestRules, AResumeTokenIsThePositionToGoOnBehind) {
  v1::GetDataPointsRequest request = good();
  const time_series::RangePosition position{0, "auto~a", time::from_unix_us(150'000'000)};
  request.set_resume_token(make_resume_token(digest_of(request), position));
  request.set_limit(5);
  const auto points = check(request);
  ASSERT_TRUE(points.ok()) << points.status();
  EXPECT_EQ(points->behind, position);
  EXPECT_EQ(points->limit, 5);
}

TEST(RequestRules, LastPointsHaveDefaultsAndBounds) {
  v1::GetLastDataPointsRequest request;
  request.set_application_name("demo");
  const auto points = check(request);
  ASSERT_TRUE(points.ok()) << points.status();
  EXPECT_THAT(points->endpoint_ids, IsEmpty());
  EXPECT_EQ(points->limit, 10'000);
  EXPECT_FALSE(points->before.has_value());
  request.set_limit(100'001);
  EXPECT_THAT(refusal(request), StartsWith("limit:"));
  request.set_limit(-1);
  EXPECT_THAT(refusal(request), StartsWith("limit:"));
  request.set_limit(100'000);
  set(request.mutable_before(), 5, 1);
  EXPECT_EQ(check(request)->before, time::from_unix_us(5'000'001));
  set(request.mutable_before(), 5, -1);
  EXPECT_THAT(refusal(request), StartsWith("before:"));
}

TEST(RequestRules, SeriesMayBeListedForAWholeApplication) {
  v1::ListTimeSeriesRequest request;
  request.set_application_name("demo");
  EXPECT_THAT(check(request)->endpoint_ids, IsEmpty());
  request.add_endpoint_ids("");
  EXPECT_THAT(refusal(request), StartsWith("endpoint_ids[0]:"));
}

TEST(RequestRules, RejectedSamplesHaveDefaultsAndBounds) {
  v1::ListRejectedSamplesRequest request;
  request.set_application_name("demo");
  EXPECT_EQ(check(request)->page_size, 100);
  request.set_page_size(1001);
  EXPECT_THAT(refusal(request), StartsWith("page_size:"));
  request.set_page_size(1000);
  set(request.mutable_from(), 5);
  set(request.mutable_to(), 4);
  EXPECT_THAT(refusal(request), StartsWith("from:"));
  set(request.mutable_to(), 6);
  request.set_endpoint_id("a\n");
  EXPECT_THAT(refusal(request), StartsWith("endpoint_id:"));
  request.set_endpoint_id("a");
  request.set_page_token("x");
  EXPECT_THAT(refusal(request), StartsWith("page_token:"));
  const time_series::RejectedPosition position{time::from_unix_us(5), 1, "a"};
  request.set_page_token(make_page_token(digest_of(request), position));
  EXPECT_EQ(check(request)->behind, position);
}

TEST(RequestRules, RejectedSamplesAreChosenByAReasonThatExists) {
  v1::ListRejectedSamplesRequest request;
  request.set_application_name("demo");
  request.set_reason("too_many_series");
  EXPECT_EQ(check(request)->reason, "too_many_series");
  request.set_reason("too_many_serious");
  EXPECT_THAT(refusal(request), StartsWith("reason: is \"too_many_serious\", must be one of inv"));
}

TEST(RequestRules, AReplayHasTheSameFieldsAndLargerPages) {
  v1::ReplayRejectedSamplesRequest request;
  EXPECT_THAT(refusal(request), StartsWith("application_name:"));
  request.set_application_name("demo");
  EXPECT_EQ(check(request)->page_size, 1000);
  request.set_page_size(10'000);
  request.set_reason("too_many_series");
  request.set_endpoint_id("a");
  ASSERT_TRUE(check(request).ok());
  EXPECT_EQ(check(request)->page_size, 10'000);
  request.set_page_size(10'001);
  EXPECT_THAT(refusal(request), StartsWith("page_size:"));
  request.set_page_size(1);
  // A position in a list is none in a replay.
  v1::ListRejectedSamplesRequest list;
  list.set_application_name("demo");
  request.set_page_token(make_page_token(digest_of(list), {time::from_unix_us(5), 1, "a"}));
  EXPECT_THAT(refusal(request), StartsWith("page_token:"));
}

TEST(RequestRules, AnExplanationIsOfAnEndpointOrOfAVersion) {
  v1::ExplainEndpointRequest request;
  EXPECT_THAT(refusal(request), StartsWith("endpoint_id:"));
  request.set_endpoint_id("ep");
  EXPECT_THAT(refusal(request), StartsWith("application_name:"));
  request.set_application_name("demo");
  EXPECT_EQ(check(request)->limit, 10);
  request.set_limit(101);
  EXPECT_THAT(refusal(request), StartsWith("limit:"));
  request.set_limit(100);
  request.set_app_version_name("demo-v1");
  EXPECT_THAT(refusal(request), StartsWith("app_version_name:"));
  request.clear_endpoint_id();
  EXPECT_EQ(check(request)->app_version_name, "demo-v1");
}

TEST(RequestRules, OnlyServicesCanBeDoneWithout) {
  v1::DiagnoseRequest request;
  request.add_without("mqtt-receiver");
  EXPECT_THAT(*check(request), testing::ElementsAre("mqtt-receiver"));
  request.add_without("nats-server");
  EXPECT_THAT(refusal(request), StartsWith("without[1]:"));
}

TEST(RequestRules, ASubscriptionIsOfAllUnlessNamesAreGiven) {
  v1::SubscribeRequest request;
  EXPECT_THAT(refusal(request), StartsWith("application_name: "));
  request.set_application_name("demo");
  auto checked = check(request);
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_THAT(checked->endpoint_ids, IsEmpty());
  EXPECT_THAT(checked->series_names, IsEmpty());
  EXPECT_FALSE(checked->from);
  EXPECT_FALSE(checked->resumed);
  for (const char* series : {"b", "a", "b"}) request.add_time_series_names(series);
  set(request.mutable_from(), 100, 1);
  checked = check(request);
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_THAT(checked->series_names, ElementsAre("a", "b"));
  EXPECT_EQ(checked->from, time::from_unix_us(100'000'001));
  request.set_resume_token("nonsense");
  EXPECT_THAT(refusal(request), StartsWith("resume_token: "));
  request.set_resume_token(*make_subscription_token(digest_of(request), {}));
  EXPECT_TRUE(check(request)->resumed);
  request.add_endpoint_ids("");
  EXPECT_THAT(refusal(request), StartsWith("endpoint_ids[0]: "));
}

}  // namespace
}  // namespace millrace::query
