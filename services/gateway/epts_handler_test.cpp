// SPDX-License-Identifier: Apache-2.0
#include "gateway/epts_handler.h"

#include <gmock/gmock.h>

#include "gateway/epts_fixture.h"
#include "lib/http/gzip_deflater.h"
#include "lib/http/inflate.h"

namespace millrace::gateway {
namespace {

using query::v1::GetDataPointsRequest;
using query::v1::PutDataPointsRequest;
using query::v1::PutDataPointsResponse;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

constexpr char kData[] = "/epts/api/v1/applications/app/time-series/data";
constexpr char kCsv[] = "/api/v1/applications/app/time-series/data.csv";
constexpr char kLastPath[] = "/api/v1/applications/app/time-series/last";
constexpr char kPut[] = "/api/v1/app-versions/app-v1/time-series/data";
constexpr char kAsked[] =
    "endpointId=e&timeSeriesName=s&fromDate=1970-01-01&toDate=1970-01-02T00:00:00Z";
constexpr char kPoint[] = R"({"timestamp":"2020-07-31T13:55:23Z","values":{"value":23}})";

class EptsHandlerOf : public EptsFixture {
 protected:
  EptsHandlerOf() {
    query.on_stream<GetDataPointsRequest>("GetDataPoints", [this](const GetDataPointsRequest& one) {
      asked = one;
      return played;
    });
    query.on<PutDataPointsRequest, PutDataPointsResponse>(
        "PutDataPoints",
        [this](const PutDataPointsRequest&) -> absl::StatusOr<PutDataPointsResponse> {
          if (put_answers.empty()) return PutDataPointsResponse();
          const absl::Status answer = put_answers.front();
          put_answers.erase(put_answers.begin());
          if (!answer.ok()) return answer;
          return PutDataPointsResponse();
        });
    registry.on<registry::v1::GetOwnApiKeyRequest, registry::v1::ApiKey>(
        "GetOwnApiKey", [](const registry::v1::GetOwnApiKeyRequest&) {
          return absl::StatusOr<registry::v1::ApiKey>(registry::v1::ApiKey());
        });
  }

  http::Response answer_to(const http::Request& request) {
    http::Response answer;
    int times = 0;
    handler.handle(request, [&](http::Response given) {
      answer = std::move(given);
      ++times;
    });
    EXPECT_EQ(times, 1);
    return answer;
  }
  static http::Request request(const std::string& method, const std::string& path,
                               const std::string& query = "", const std::string& body = "") {
    http::Request request;
    request.method = method;
    request.path = path;
    request.query = query;
    request.body = body;
    request.headers.add("Authorization", "bearer key");
    return request;
  }

  log::Logger log{"test", log::Level::kFatal};
  metrics::Registry metrics;
  process::Readiness readiness;
  time::ManualClock clock;
  process::Platform platform{log, metrics, readiness, clock};
  EptsHandler handler{upstreams, {std::chrono::milliseconds{1000}, 1 << 20}, platform};
  FakeUpstream::Played played;
  GetDataPointsRequest asked;
  std::vector<absl::Status> put_answers;
};

TEST_F(EptsHandlerOf, DataIsJson) {
  played.messages = {chunk("e", "s").SerializeAsString()};
  const http::Response answer = answer_to(request("GET", kData, kAsked));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "application/json");
  EXPECT_EQ(answer.body,
            R"([{"e":{"s":[{"timestamp":"1970-01-01T00:00:00Z","values":{"value":0}}]}}])");
  EXPECT_THAT(std::string(answer.headers.get("Vary")), HasSubstr("Accept"));
  EXPECT_EQ(query.calls[0].metadata, (rpc::Metadata{{"authorization", "bearer key"}}));
  EXPECT_EQ(asked.application_name(), "app");
}

TEST_F(EptsHandlerOf, CsvHasAPathAndATypeOfItsOwn) {
  played.messages = {chunk("e", "s").SerializeAsString()};
  const http::Response file = answer_to(request("GET", kCsv, kAsked));
  EXPECT_THAT(file.content_type, StartsWith("text/csv"));
  EXPECT_THAT(std::string(file.headers.get("Content-Disposition")), HasSubstr("attachment"));
  EXPECT_EQ(file.body,
            "timestamp,endpoint_id,series,value_name,value\r\n"
            "1970-01-01T00:00:00Z,e,s,value,0\r\n");
  http::Request accepting = request("GET", kData, kAsked);
  accepting.headers.add("Accept", "text/csv");
  EXPECT_EQ(answer_to(accepting).body, file.body);
}

TEST_F(EptsHandlerOf, LongAnswersAreStreamsAndGzip) {
  for (int i = 0; i < 5; ++i)
    played.messages.push_back(chunk("e", "s", 10'000).SerializeAsString());
  http::Request one = request("GET", kCsv, kAsked);
  const http::Response plain = answer_to(one);
  ASSERT_NE(plain.stream, nullptr);
  const auto text = all_of(*plain.stream);
  ASSERT_TRUE(text.ok()) << text.status();
  one.headers.add("Accept-Encoding", "gzip");
  const http::Response packed = answer_to(one);
  EXPECT_EQ(packed.headers.get("Content-Encoding"), "gzip");
  ASSERT_NE(packed.stream, nullptr);
  const auto bytes = all_of(*packed.stream);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_LT(bytes->size(), text->size() / 4);
  EXPECT_EQ(*http::inflate_gzip(*bytes, 1 << 30), *text);
}

TEST_F(EptsHandlerOf, WithoutAKeyNothingIsAsked) {
  for (const char* path : {kData, kCsv, "/api/v1/time-series/config"}) {
    http::Request one = request("GET", path, "fromDate=x");
    one.headers = {};
    const http::Response answer = answer_to(one);
    EXPECT_EQ(answer.status, 401) << path;
    EXPECT_THAT(std::string(answer.headers.get("WWW-Authenticate")), StartsWith("Bearer"));
    EXPECT_THAT(answer.body, HasSubstr("x-iamcore-api-key"));
  }
  EXPECT_THAT(query.calls, IsEmpty());
  http::Request other = request("GET", kData, kAsked);
  other.headers = {};
  other.headers.add("X-IAMCORE-API-KEY", "key");
  EXPECT_EQ(answer_to(other).status, 200);
  EXPECT_EQ(query.calls[0].metadata, (rpc::Metadata{{"api-key", "key"}}));
}

TEST_F(EptsHandlerOf, PathsAndMethodsAreThoseOfTheApi) {
  EXPECT_EQ(answer_to(request("GET", "/api/v1/nothing")).status, 404);
  const http::Response post = answer_to(request("POST", kData, kAsked));
  EXPECT_EQ(post.status, 405);
  EXPECT_EQ(post.headers.get("Allow"), "GET, HEAD");
  EXPECT_EQ(answer_to(request("DELETE", kPut)).headers.get("Allow"), "PUT");
  const http::Response old = answer_to(request("PUT", kData));
  EXPECT_EQ(old.status, 410);
  EXPECT_THAT(old.body, HasSubstr("app-versions/<app-version>/time-series/data"));
}

TEST_F(EptsHandlerOf, FaultsAreToldBeforeAnythingIsAsked) {
  for (const http::Request& one :
       {request("GET", kData, "fromDate=%zz"), request("GET", kData, ""),
        request("GET", kCsv, "timeSeriesName=a"), request("POST", kLastPath, "", "["),
        request("GET", "/api/v1/time-series/config", "applicationName=a"),
        request("PUT", kPut, "", "{}x")}) {
    const http::Response answer = answer_to(one);
    EXPECT_EQ(answer.status, 400) << one.path << one.query;
    EXPECT_THAT(answer.body, HasSubstr("\"message\":"));
  }
  EXPECT_THAT(query.calls, IsEmpty());
}

TEST_F(EptsHandlerOf, WhatQueryRefusesHasItsStatus) {
  played.end = absl::NotFoundError("there is no application app");
  EXPECT_EQ(answer_to(request("GET", kData, kAsked)).status, 404);
  played.end = absl::PermissionDeniedError("x");
  EXPECT_EQ(answer_to(request("GET", kData, kAsked)).status, 403);
  played.end = absl::UnavailableError("x");
  EXPECT_EQ(answer_to(request("GET", kData, kAsked)).status, 503);
  EXPECT_EQ(metrics
                .counter("millrace_gateway_epts_requests_total", "",
                         {{"resource", "data"}, {"status", "503"}})
                .value(),
            1);
}

TEST_F(EptsHandlerOf, AKeyHasItsShareUntilItsAnswersHaveEnded) {
  for (int i = 0; i < 5; ++i)
    played.messages.push_back(chunk("e", "s", 10'000).SerializeAsString());
  EptsHandler narrow(upstreams, {std::chrono::milliseconds{1000}, 1 << 20, 1}, platform);
  const auto ask = [&narrow](const http::Request& asked_for) {
    http::Response answer;
    narrow.handle(asked_for, [&answer](http::Response given) { answer = std::move(given); });
    return answer;
  };
  http::Response running = ask(request("GET", kCsv, kAsked));
  EXPECT_EQ(running.status, 200);
  const http::Response refused = ask(request("GET", kCsv, kAsked));
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers.get("Retry-After"), "1");
  http::Request other = request("GET", kCsv, kAsked);
  other.headers = {};
  other.headers.add("Authorization", "Bearer another");
  EXPECT_EQ(ask(other).status, 200);
  running = {};
  EXPECT_EQ(ask(request("GET", kCsv, kAsked)).status, 200);
}

TEST_F(EptsHandlerOf, PutStoresBatchAfterBatch) {
  std::string many;
  for (int i = 0; i < 10'001; ++i) {
    if (i > 0) many += ',';
    many += kPoint;
  }
  const std::string body = fmt::format(R"([{{"e":{{"s":[{}]}}}}])", many);
  const http::Response answer = answer_to(request("PUT", kPut, "", body));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "{}");
  ASSERT_THAT(query.calls, SizeIs(2));
  PutDataPointsRequest second;
  second.ParseFromString(query.calls[1].message);
  EXPECT_EQ(second.app_version_name(), "app-v1");
  EXPECT_EQ(second.series(0).data_points_size(), 1);

  put_answers = {absl::OkStatus(),
                 absl::InvalidArgumentError("series[0].data_points[0].timestamp_us: is too old")};
  const http::Response refused = answer_to(request("PUT", kPut, "", body));
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("/0/e/s/10000: timestamp_us: is too old (the 10000 points "
                                      "before are stored"));
}

TEST_F(EptsHandlerOf, PutOfNothingStillNeedsAKeyThatIsKnown) {
  EXPECT_EQ(answer_to(request("PUT", kPut, "", "[]")).status, 200);
  EXPECT_THAT(registry.calls, SizeIs(1));
  registry.on<registry::v1::GetOwnApiKeyRequest, registry::v1::ApiKey>(
      "GetOwnApiKey", [](const registry::v1::GetOwnApiKeyRequest&) {
        return absl::StatusOr<registry::v1::ApiKey>(absl::UnauthenticatedError("unknown"));
      });
  EXPECT_EQ(answer_to(request("PUT", kPut, "", "{}")).status, 401);
}

TEST_F(EptsHandlerOf, BodiesMayComeInGzipWithinTheLimit) {
  http::Request one =
      request("PUT", kPut, "", http::gzip(fmt::format(R"({{"e":{{"s":[{}]}}}})", kPoint)));
  one.headers.add("Content-Encoding", "GZIP");
  EXPECT_EQ(answer_to(one).status, 200);
  EXPECT_THAT(query.calls, SizeIs(1));
  one.body = http::gzip(std::string((1 << 20) + 1, ' '));
  EXPECT_EQ(answer_to(one).status, 413);
  one.body = "no gzip";
  EXPECT_EQ(answer_to(one).status, 400);
  one.headers = {};
  one.headers.add("Authorization", "Bearer key");
  one.headers.add("Content-Encoding", "br");
  const http::Response unsupported = answer_to(one);
  EXPECT_EQ(unsupported.status, 415);
  EXPECT_EQ(unsupported.headers.get("Accept-Encoding"), "gzip, deflate");
}

}  // namespace
}  // namespace millrace::gateway
