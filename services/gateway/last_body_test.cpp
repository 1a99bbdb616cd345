// SPDX-License-Identifier: Apache-2.0
#include "gateway/last_body.h"

#include <algorithm>

#include <gmock/gmock.h>

#include "gateway/epts_fixture.h"
#include "lib/error/retry_after.h"

namespace millrace::gateway {
namespace {

using query::v1::GetLastDataPointsRequest;
using query::v1::GetLastDataPointsResponse;
using testing::SizeIs;

class LastBodyOf : public EptsFixture {
 protected:
  // Each endpoint but those that end in 3 has one point of each series asked for.
  void query_answers(int most = 100'000) {
    query.on<GetLastDataPointsRequest, GetLastDataPointsResponse>(
        "GetLastDataPoints", [this, most](const GetLastDataPointsRequest& one) {
          asked.push_back(one);
          GetLastDataPointsResponse response;
          for (const std::string& endpoint : one.endpoint_ids()) {
            if (endpoint.ends_with('3')) continue;
            for (const std::string& series : one.time_series_names()) {
              if (response.data_points_size() == most) break;
              add_point(response, endpoint, series)->set_number(23);
            }
          }
          return absl::StatusOr<GetLastDataPointsResponse>(response);
        });
  }

  static query::v1::NamedValue* add_point(GetLastDataPointsResponse& response,
                                          const std::string& endpoint, const std::string& series) {
    query::v1::LastDataPoint& point = *response.add_data_points();
    point.set_endpoint_id(endpoint);
    point.set_time_series_name(series);
    point.mutable_timestamp()->set_seconds(1'596'203'723);
    point.mutable_timestamp()->set_nanos(123'456'000);
    query::v1::NamedValue* value = point.add_values();
    value->set_name("value");
    return value;
  }

  static EptsLastRequest request(std::vector<std::string> endpoints = {}) {
    EptsLastRequest request;
    request.application = "app";
    request.endpoint_ids = std::move(endpoints);
    request.series_names = {"s"};
    return request;
  }

  std::string text_of(EptsLastRequest request) {
    const auto text = all_of(*std::make_shared<LastBody>(calls, std::move(request)));
    EXPECT_TRUE(text.ok()) << text.status();
    return text.ok() ? *text : "";
  }

  static std::string expected(const std::vector<std::string>& endpoints) {
    std::string text = "{";
    for (const std::string& endpoint : endpoints) {
      if (text.size() > 1) text += ',';
      text += fmt::format(
          R"("{}":{{"s":[{{"timestamp":"2020-07-31T13:55:23.123Z","values":{{"value":23}}}}]}})",
          endpoint);
    }
    text += '}';
    return text;
  }

  std::vector<GetLastDataPointsRequest> asked;
};

TEST_F(LastBodyOf, IsKaasObjectInOrderOfEndpoint) {
  query_answers();
  EXPECT_EQ(text_of(request({"b", "a", "x3", "b"})), expected({"a", "b"}));
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].endpoint_ids_size(), 3);
  EXPECT_FALSE(asked[0].has_before());
  EXPECT_EQ(asked[0].limit(), 100'000);
}

TEST_F(LastBodyOf, NoPointsAreAnEmptyObject) {
  query_answers();
  EXPECT_EQ(text_of(request({"x3"})), "{}");
  has_endpoints(0, 10);
  EXPECT_EQ(text_of(request()), "{}");
}

TEST_F(LastBodyOf, SeveralSeriesAndValuesOfEachKind) {
  query.on<GetLastDataPointsRequest, GetLastDataPointsResponse>(
      "GetLastDataPoints", [](const GetLastDataPointsRequest& one) {
        EXPECT_EQ(one.before().seconds(), 1);
        EXPECT_EQ(one.before().nanos(), 5000);
        GetLastDataPointsResponse response;
        add_point(response, "a", "s")->set_string("x\"y");
        add_point(response, "a", "t")->set_boolean(false);
        add_point(response, "a", "u");
        // The rules changed its type: one of the two has no value.
        add_point(response, "b", "s");
        query::v1::NamedValue& typed = *response.mutable_data_points(3)->add_values();
        typed.set_name("value");
        typed.set_number(1);
        return absl::StatusOr<GetLastDataPointsResponse>(response);
      });
  EptsLastRequest one = request({"a", "b"});
  one.before = time::from_unix_us(1'000'005);
  one.unit = TimeUnit::kMicroseconds;
  constexpr char kTime[] = R"([{"timestamp":"2020-07-31T13:55:23.123456Z","values":{"value":)";
  EXPECT_EQ(text_of(one),
            fmt::format(R"({{"a":{{"s":{0}"x\"y"}}}}],"t":{0}false}}}}],"u":{0}null}}}}]}},)"
                        R"("b":{{"s":{0}1}}}}]}}}})",
                        kTime));
}

TEST_F(LastBodyOf, AllEndpointsAreAskedForAHundredAtATime) {
  query_answers();
  has_endpoints(250, 1000);
  EptsLastRequest all = request();
  const std::string text = text_of(all);
  EXPECT_EQ(std::count(text.begin(), text.end(), '['), 225);
  ASSERT_THAT(asked, SizeIs(3));
  EXPECT_EQ(asked[2].endpoint_ids_size(), 50);
}

TEST_F(LastBodyOf, OffsetAndLimitCountEndpointsOfTheAnswer) {
  query_answers();
  EptsLastRequest one = request({"e0", "e1", "e2", "e3", "e4"});
  one.offset = 2;
  EXPECT_EQ(text_of(one), expected({"e2", "e4"}));
  one.limit = 1;
  EXPECT_EQ(text_of(one), expected({"e2"}));
  one.offset = 9;
  EXPECT_EQ(text_of(one), "{}");
  const std::size_t calls_before = asked.size();
  one.limit = 0;
  EXPECT_EQ(text_of(one), "{}");
  EXPECT_THAT(asked, SizeIs(calls_before));
}

TEST_F(LastBodyOf, ReadingEndsWithTheLimit) {
  query_answers();
  has_endpoints(2000, 1000);
  EptsLastRequest one = request();
  one.limit = 5;
  const std::string text = text_of(one);
  EXPECT_EQ(std::count(text.begin(), text.end(), '['), 5);
  EXPECT_THAT(asked, SizeIs(1));
  EXPECT_THAT(registry.calls, SizeIs(1));
}

TEST_F(LastBodyOf, AnAnswerThatIsCutOrTooLargeIsAskedForInHalves) {
  query.on<GetLastDataPointsRequest, GetLastDataPointsResponse>(
      "GetLastDataPoints",
      [](const GetLastDataPointsRequest& one) -> absl::StatusOr<GetLastDataPointsResponse> {
        if (one.endpoint_ids_size() > 1) {
          return absl::ResourceExhaustedError("more than 32 MiB of strings");
        }
        GetLastDataPointsResponse response;
        add_point(response, one.endpoint_ids(0), "s")->set_number(23);
        return response;
      });
  EXPECT_EQ(text_of(request({"a", "b", "c"})), expected({"a", "b", "c"}));
}

TEST_F(LastBodyOf, WhereOnlyTheMomentIsWrongTheCallerIsTold) {
  int times = 0;
  query.on<GetLastDataPointsRequest, GetLastDataPointsResponse>(
      "GetLastDataPoints",
      [&](const GetLastDataPointsRequest&) -> absl::StatusOr<GetLastDataPointsResponse> {
        ++times;
        return error::with_retry_after(absl::ResourceExhaustedError("max-calls"),
                                       std::chrono::milliseconds{500});
      });
  const auto text = all_of(*std::make_shared<LastBody>(calls, request({"a", "b"})));
  EXPECT_TRUE(absl::IsResourceExhausted(text.status()));
  EXPECT_EQ(times, 1);
}

TEST_F(LastBodyOf, LongAnswersComeInPieces) {
  query_answers();
  has_endpoints(3000, 1000);
  const std::string text = text_of(request());
  EXPECT_EQ(std::count(text.begin(), text.end(), '['), 2700);
  EXPECT_GT(pieces, 2);
}

}  // namespace
}  // namespace millrace::gateway
