// SPDX-License-Identifier: Apache-2.0
#include "gateway/epts_request.h"

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::gateway {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const time::UnixMicros kNow = time::from_unix_us(1'596'203'723'123'456);
constexpr char kRange[] = "fromDate=2020-07-31T00:00:00Z&toDate=2020-07-31T01:00:00Z";

UrlParameters parameters(const std::string& query) {
  auto parsed = UrlParameters::parse(query);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() ? *std::move(parsed) : UrlParameters();
}

EptsDataRequest points(const std::string& query) {
  auto request = points_request("app", parameters(query), kNow);
  EXPECT_TRUE(request.ok()) << request.status();
  return request.ok() ? *std::move(request) : EptsDataRequest();
}

std::string points_refusal(const std::string& query) {
  const auto request = points_request("app", parameters(query), kNow);
  EXPECT_TRUE(absl::IsInvalidArgument(request.status())) << query;
  return error::message(request.status());
}

EptsLastRequest last(const std::string& query, const std::string& body = "") {
  auto request = last_request("app", parameters(query), body, kNow);
  EXPECT_TRUE(request.ok()) << request.status();
  return request.ok() ? *std::move(request) : EptsLastRequest();
}

std::string last_refusal(const std::string& query, const std::string& body) {
  const auto request = last_request("app", parameters(query), body, kNow);
  EXPECT_TRUE(absl::IsInvalidArgument(request.status())) << query << body;
  return error::message(request.status());
}

TEST(EptsRequest, APointsRequestHasEveryParameter) {
  const EptsDataRequest request =
      points(std::string(kRange) +
             "&endpointId=a,%20b&endpointId=c&timeSeriesName=auto~t,%20auto~h"
             "&includeTime=from&sort=desc&timestampPrecision=us&_=1&samplePeriod=5");
  EXPECT_EQ(request.application, "app");
  EXPECT_THAT(request.endpoint_ids, ElementsAre("a", "b", "c"));
  EXPECT_THAT(request.series_names, ElementsAre("auto~t", "auto~h"));
  EXPECT_EQ(request.order, query::v1::ORDER_DESCENDING);
  EXPECT_EQ(request.unit, TimeUnit::kMicroseconds);
  EXPECT_EQ(request.range.to - request.range.from, std::chrono::hours{1});
}

TEST(EptsRequest, WithoutTheRestItIsAllEndpointsAscendingWithBothEnds) {
  const EptsDataRequest request = points(std::string(kRange) + "&timeSeriesName=a");
  EXPECT_THAT(request.endpoint_ids, IsEmpty());
  EXPECT_EQ(request.order, query::v1::ORDER_ASCENDING);
  EXPECT_EQ(request.unit, TimeUnit::kMilliseconds);
  EXPECT_EQ(request.range.to - request.range.from,
            std::chrono::hours{1} + std::chrono::milliseconds{1});
}

TEST(EptsRequest, EveryFaultIsNamedAtOnce) {
  EXPECT_EQ(points_refusal(""),
            "timeSeriesName: is missing; fromDate: is missing; "
            "toDate: is missing");
  EXPECT_THAT(points_refusal("timeSeriesName=,&fromDate=x&toDate=now&includeTime=all&sort=up"
                             "&endpointID=a&timestampPrecision=ns"),
              AllOf(HasSubstr("timeSeriesName: is missing"), HasSubstr("fromDate: 'x' is no time"),
                    HasSubstr("includeTime: is 'all', must be one of from, to, both, none"),
                    HasSubstr("sort: is 'up', must be one of ASC, DESC"),
                    HasSubstr("timestampPrecision: is 'ns', must be one of ms, us"),
                    HasSubstr("endpointID: is not known; did you mean endpointId?")));
  EXPECT_THAT(points_refusal("timeSeriesName=a&fromDate=now&toDate=now-1s"),
              HasSubstr("fromDate: must not be later than toDate"));
  EXPECT_THAT(points_refusal("timeSeriesName=a&fromDate=now&toDate=now&toDate=now-1d"),
              HasSubstr("toDate: is given more than once"));
}

TEST(EptsRequest, ListsAndNamesAreBounded) {
  std::string many = std::string(kRange) + "&timeSeriesName=a&endpointId=";
  for (std::size_t i = 0; i <= kMaxEptsNames; ++i) many += std::to_string(i) + ",";
  EXPECT_THAT(points_refusal(many),
              HasSubstr("endpointId: has 10001 names, at most 10000 are allowed"));
  EXPECT_THAT(
      points_refusal(std::string(kRange) + "&timeSeriesName=a&endpointId=" + std::string(129, 'x')),
      HasSubstr("endpointId: a name has 129 bytes, must have 1 to 128"));
}

TEST(EptsRequest, CsvIsExactAndSafeUnlessToldOtherwise) {
  const std::string query = std::string(kRange) + "&timeSeriesName=a";
  const auto request = csv_request("app", parameters(query), kNow);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_TRUE(request->spreadsheet_safe);
  EXPECT_EQ(request->range.to - request->range.from,
            std::chrono::hours{1} + std::chrono::microseconds{1});
  const auto raw = csv_request("app", parameters(query + "&spreadsheetSafe=false"), kNow);
  ASSERT_TRUE(raw.ok()) << raw.status();
  EXPECT_FALSE(raw->spreadsheet_safe);
  EXPECT_FALSE(csv_request("app", parameters(query + "&spreadsheetSafe=1"), kNow).ok());
}

TEST(EptsRequest, LastTakesAUrl) {
  const EptsLastRequest request =
      last("endpointId=a,+b&timeSeriesName=t&timeSeriesName=h&beforeDate=2020-07-31");
  EXPECT_THAT(request.endpoint_ids, ElementsAre("a", "b"));
  EXPECT_THAT(request.series_names, ElementsAre("t", "h"));
  ASSERT_TRUE(request.before.has_value());
  EXPECT_EQ(request.offset, 0);
  EXPECT_FALSE(last("").before.has_value());
}

TEST(EptsRequest, LastTakesABody) {
  const EptsLastRequest request =
      last("timestampPrecision=us",
           R"({"timeSeriesNames":["t","h"],"endpointIDs":["a"],"endpointIds":["b"],)"
           R"("beforeDate":"2020-07-31T00:00:00","offset":2,"limit":3,"more":1})");
  EXPECT_THAT(request.endpoint_ids, ElementsAre("a", "b"));
  EXPECT_THAT(request.series_names, ElementsAre("t", "h"));
  EXPECT_TRUE(request.before.has_value());
  EXPECT_EQ(request.offset, 2);
  EXPECT_EQ(request.limit, 3);
  EXPECT_EQ(request.unit, TimeUnit::kMicroseconds);
  const EptsLastRequest none = last("", R"({"timeSeriesNames":null,"limit":null})");
  EXPECT_THAT(none.series_names, IsEmpty());
  EXPECT_GT(none.limit, 1'000'000);
}

TEST(EptsRequest, ABodyOfWrongTypesIsRefusedByMember) {
  EXPECT_THAT(last_refusal("", "{"), HasSubstr("the body is no JSON"));
  EXPECT_THAT(last_refusal("", "[]"), HasSubstr("the body: must be a JSON object"));
  EXPECT_THAT(
      last_refusal("", R"({"timeSeriesNames":"t","endpointIDs":[1],"beforeDate":5,)"
                       R"("offset":-1,"limit":1.5,"endpointID":["a"]})"),
      AllOf(HasSubstr("timeSeriesNames: must be an array of strings"),
            HasSubstr("endpointIDs: must be an array of strings"),
            HasSubstr("beforeDate: must be a string"),
            HasSubstr("offset: must be a whole number, 0 or more"),
            HasSubstr("limit: must be a whole number"), HasSubstr("endpointID: is not known")));
}

TEST(EptsRequest, ConfigNamesApplications) {
  const auto request = config_request(parameters("applicationNames=a,%20b&applicationNames=c"));
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_THAT(request->application_names, ElementsAre("a", "b", "c"));
  EXPECT_TRUE(config_request(parameters(""))->application_names.empty());
  EXPECT_FALSE(config_request(parameters("applicationName=a")).ok());
}

}  // namespace
}  // namespace millrace::gateway
