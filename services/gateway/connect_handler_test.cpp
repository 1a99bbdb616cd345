// SPDX-License-Identifier: Apache-2.0
#include "gateway/connect_handler.h"

#include <gmock/gmock.h>

#include "gateway/caller_fixture.h"
#include "lib/http/gzip_deflater.h"
#include "lib/http/inflate.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::gateway {
namespace {

using ::testing::HasSubstr;

constexpr char kList[] = "/millrace.query.v1.Query/ListTimeSeries";
constexpr char kPoints[] = "/millrace.query.v1.Query/GetDataPoints";

class ConnectHandlerTest : public ::testing::Test {
 protected:
  http::Request request(const char* path, const char* content_type, std::string body) {
    http::Request made;
    made.method = "POST";
    made.path = path;
    made.headers.add("Content-Type", content_type);
    made.body = std::move(body);
    return made;
  }
  http::Response answer(http::Request asked) {
    std::optional<http::Response> got;
    handler_.handle(std::move(asked), [&got](http::Response response) {
      EXPECT_FALSE(got.has_value()) << "answered twice";
      got = std::move(response);
    });
    EXPECT_TRUE(got.has_value());
    return got.value_or(http::Response{});
  }
  static std::string answer_of_one(const std::string& name) {
    query::v1::ListTimeSeriesResponse message;
    message.add_time_series()->set_name(name);
    return message.SerializeAsString();
  }

  log::Logger log_{"test", log::Level::kFatal};
  metrics::Registry metrics_;
  process::Readiness readiness_;
  time::ManualClock clock_;
  process::Platform platform_{log_, metrics_, readiness_, clock_};
  PlayedCaller query_;
  PlayedCaller registry_;
  RpcMethods methods_{Upstreams(query_, registry_)};
  OpenStreams streams_{metrics_};
  ConnectHandler handler_{methods_, streams_, {std::chrono::seconds{60}, 1'000, 2, 2}, platform_};
};

TEST_F(ConnectHandlerTest, ACallInJson) {
  query_.answer.message = answer_of_one("auto~t");
  query_.answer.trailers = {{"a", "b"}};
  http::Request asked =
      request(kList, "application/json; charset=utf-8", R"({"applicationName":"demo"})");
  asked.headers.add("Authorization", "Bearer k");
  asked.headers.add("Connect-Timeout-Ms", "1500");
  const http::Response response = answer(asked);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body, R"({"timeSeries":[{"name":"auto~t"}]})");
  EXPECT_EQ(response.headers.get("trailer-a"), "b");

  ASSERT_EQ(query_.requests.size(), 1U);
  const rpc::GenericRequest& call = query_.requests[0];
  EXPECT_EQ(call.method, kList);
  query::v1::ListTimeSeriesRequest message;
  ASSERT_TRUE(message.ParseFromString(call.message));
  EXPECT_EQ(message.application_name(), "demo");
  EXPECT_EQ(call.metadata, (rpc::Metadata{{"authorization", "Bearer k"}}));
  EXPECT_EQ(call.timeout, std::chrono::milliseconds{1500});
  EXPECT_THAT(
      metrics_.expose(),
      HasSubstr(R"(millrace_gateway_calls_total{code="ok",method="Query.ListTimeSeries"} 1)"));
}

TEST_F(ConnectHandlerTest, ACallInBinary) {
  query_.answer.message = answer_of_one("auto~t");
  const http::Response response = answer(request(kList, "application/proto", ""));
  EXPECT_EQ(response.content_type, "application/proto");
  EXPECT_EQ(response.body, query_.answer.message);
  EXPECT_EQ(query_.requests[0].timeout, std::chrono::seconds{60});
}

TEST_F(ConnectHandlerTest, CompressionGoesBothWays) {
  query_.answer.message = answer_of_one(std::string(5'000, 'x'));
  http::Request asked =
      request(kList, "application/json", http::gzip(R"({"applicationName":"demo"})"));
  asked.headers.add("Content-Encoding", "gzip");
  asked.headers.add("Accept-Encoding", "gzip, br");
  const http::Response response = answer(asked);
  EXPECT_EQ(response.headers.get("Content-Encoding"), "gzip");
  EXPECT_LT(response.body.size(), 1'000U);
  EXPECT_THAT(*http::inflate_gzip(response.body, 10'000), HasSubstr("xxxx"));

  asked.body = http::gzip(std::string(2'000, ' '));
  EXPECT_THAT(answer(asked).body, HasSubstr(R"("code":"resource_exhausted")"));
  asked.body = "no gzip";
  EXPECT_THAT(answer(asked).body, HasSubstr(R"("code":"invalid_argument")"));
  http::Request odd = request(kList, "application/json", "{}");
  odd.headers.add("Content-Encoding", "zstd");
  EXPECT_THAT(answer(odd).body, HasSubstr(R"("code":"unimplemented")"));
}

TEST_F(ConnectHandlerTest, FailuresOfTheServerGoOn) {
  query_.answer = {absl::NotFoundError("application: no \"x\""), {}, {{"a", "b"}}};
  const http::Response response = answer(request(kList, "application/json", "{}"));
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body, R"({"code":"not_found","message":"application: no \"x\""})");
  EXPECT_EQ(response.headers.get("trailer-a"), "b");
}

TEST_F(ConnectHandlerTest, WhatIsNoCallIsToldWhy) {
  const http::Response unknown =
      answer(request("/millrace.query.v1.Query/Nothing", "application/json", "{}"));
  EXPECT_EQ(unknown.status, 404);
  EXPECT_THAT(unknown.body, HasSubstr(R"("code":"unimplemented")"));
  EXPECT_THAT(unknown.body, HasSubstr("millrace.registry.v1.Registry"));

  http::Request get = request(kList, "application/json", "");
  get.method = "GET";
  const http::Response wrong_method = answer(get);
  EXPECT_EQ(wrong_method.status, 405);
  EXPECT_EQ(wrong_method.headers.get("Allow"), "POST");

  for (const char* const type : {"", "text/plain", "application/connect+json"}) {
    const http::Response wrong_type = answer(request(kList, type, "{}"));
    EXPECT_EQ(wrong_type.status, 415);
    EXPECT_EQ(wrong_type.headers.get("Accept-Post"), "application/json, application/proto");
  }
  EXPECT_EQ(answer(request(kPoints, "application/json", "{}")).headers.get("Accept-Post"),
            "application/connect+json, application/connect+proto");

  EXPECT_EQ(answer(request(kList, "application/json", "{")).status, 400);
  EXPECT_EQ(answer(request(kList, "application/proto", "\xff")).status, 400);
  http::Request late = request(kList, "application/json", "{}");
  late.headers.add("Connect-Timeout-Ms", "soon");
  EXPECT_EQ(answer(late).status, 400);
  http::Request newer = request(kList, "application/json", "{}");
  newer.headers.add("Connect-Protocol-Version", "2");
  EXPECT_EQ(answer(newer).status, 400);
  EXPECT_TRUE(query_.requests.empty());
}

TEST_F(ConnectHandlerTest, AStreamIsAStream) {
  http::Request asked = request(kPoints, "application/connect+json", envelope("{}"));
  const http::Response response = answer(asked);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/connect+json");
  ASSERT_NE(response.stream, nullptr);
  EXPECT_EQ(query_.requests[0].timeout.count(), 0) << "a live one has no end";
  EXPECT_EQ(query_.script->asked, 0);
  EXPECT_THAT(metrics_.expose(), HasSubstr("millrace_gateway_streams 1"));
  response.stream->cancel();
  EXPECT_THAT(metrics_.expose(), HasSubstr("millrace_gateway_streams 0"));
}

TEST_F(ConnectHandlerTest, AStreamThatIsRefusedSaysSoInItsEnd) {
  for (const std::string& body : {std::string("{}"), envelope("{"), envelope("{}") + "x"}) {
    const http::Response response = answer(request(kPoints, "application/connect+json", body));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.stream, nullptr);
    EXPECT_EQ(response.body[0], 2);
    EXPECT_THAT(response.body, HasSubstr(R"("code":"invalid_argument")"));
  }
}

TEST_F(ConnectHandlerTest, AKeyHasItsShareOfStreams) {
  http::Request asked = request(kPoints, "application/connect+json", envelope("{}"));
  asked.headers.add("Authorization", "Bearer greedy");
  const http::Response first = answer(asked);
  const http::Response second = answer(asked);
  EXPECT_NE(second.stream, nullptr);
  const http::Response third = answer(asked);
  EXPECT_EQ(third.stream, nullptr);
  EXPECT_THAT(third.body, HasSubstr(R"("code":"resource_exhausted")"));
  http::Request other = request(kPoints, "application/connect+json", envelope("{}"));
  other.headers.add("Authorization", "Bearer modest");
  EXPECT_NE(answer(other).stream, nullptr);
  first.stream->cancel();
  EXPECT_NE(answer(asked).stream, nullptr);
}

TEST_F(ConnectHandlerTest, AndOfCallsWhichAreGivenBack) {
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(answer(request(kList, "application/json", "{}")).status, 200);
}

TEST_F(ConnectHandlerTest, WhileTheGatewayStopsStreamsSaySo) {
  streams_.stop(std::chrono::milliseconds{0});
  const http::Response response =
      answer(request(kPoints, "application/connect+proto", envelope("")));
  ASSERT_NE(response.stream, nullptr);
  std::string first;
  response.stream->next(
      [&first](absl::StatusOr<std::optional<std::string>> piece) { first = **piece; });
  EXPECT_THAT(first, HasSubstr(R"("code":"unavailable")"));
}

}  // namespace
}  // namespace millrace::gateway
