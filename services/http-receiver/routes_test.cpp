// SPDX-License-Identifier: Apache-2.0
#include "http-receiver/routes.h"

#include <gtest/gtest.h>

#include "http-receiver/upload_handler.h"

namespace millrace::http_receiver {
namespace {

constexpr char kPath[] = "/kp1/v1/dcx/token/json";

// Accepts everything and remembers the last upload.
class AcceptingIntake final : public intake::Intake {
 public:
  void submit(intake::Upload upload, std::function<void(const intake::Receipt&)> done) override {
    last = std::move(upload);
    ++submitted;
    done({intake::Receipt::Code::kAccepted, {}, {}, 0});
  }
  void note(intake::OutsideRefusal refusal) override { noted.push_back(std::move(refusal)); }
  bool drain(std::chrono::milliseconds) override { return true; }

  intake::Upload last;
  int submitted = 0;
  std::vector<intake::OutsideRefusal> noted;
};

class RoutesTest : public testing::Test {
 protected:
  http::Response answer_to(const std::string& method, const std::string& path,
                           const http::Headers& headers = {}) {
    http::Request request;
    request.method = method;
    request.path = path;
    request.headers = headers;
    request.body = "[]";
    http::Response answer;
    routes.handle(std::move(request), [&answer](http::Response response) { answer = response; });
    return answer;
  }
  static http::Headers from_page(const std::string& origin) {
    http::Headers headers;
    headers.add("Origin", origin);
    headers.add("Access-Control-Request-Method", "POST");
    return headers;
  }

  metrics::Registry metrics;
  RefusalCounts refusals{metrics};
  AcceptingIntake intake;
  UploadHandler uploads{intake, 1'000, refusals};
  Routes routes{uploads, cors_rules({}), refusals};
  Routes with_pages{uploads, cors_rules({"https://a"}), refusals};
};

TEST_F(RoutesTest, UploadsGoToTheIntake) {
  for (const char* path : {"/kp1/v1/dcx/token/json", "/kpc/kp1/v1/dcx/token/json",
                           "/kp1/v1/dcx/token/json/23", "/kp1/v1/dcx/%74oken/json"}) {
    EXPECT_EQ(answer_to("POST", path).status, 200) << path;
    EXPECT_EQ(intake.last.path.token, "token");
    EXPECT_EQ(intake.last.path.app_version_name, "v1");
  }
  EXPECT_EQ(answer_to("POST", "/kp1/v1/dcx/token/plain/altitude").status, 200);
  EXPECT_EQ(intake.last.path.metric, "altitude");
}

TEST_F(RoutesTest, EveryAnswerNamesTheCorrelationId) {
  http::Headers headers;
  headers.add("X-Request-Id", "abc");
  for (const char* path : {kPath, "/", "*"}) {
    for (const char* method : {"POST", "OPTIONS", "GET"}) {
      EXPECT_EQ(answer_to(method, path, headers).headers.get("X-Request-Id"), "abc") << path;
    }
  }
  const http::Response made = answer_to("POST", kPath);
  EXPECT_FALSE(made.headers.get("X-Request-Id").empty());
  EXPECT_EQ(made.headers.get("X-Request-Id"), intake.last.correlation_id);
}

TEST_F(RoutesTest, OtherMethodsAreNotAllowed) {
  for (const char* method : {"GET", "PUT", "DELETE", "TRACE", "HEAD", "PATCH", "post"}) {
    for (const char* path : {kPath, "*"}) {
      const http::Response answer = answer_to(method, path);
      EXPECT_EQ(answer.status, 405) << method;
      EXPECT_EQ(answer.headers.get("Allow"), "POST, OPTIONS");
      EXPECT_EQ(answer.content_type, "application/json");
      EXPECT_EQ(answer.body, R"({"statusCode":405,"reasonPhrase":"uploads are sent by POST"})");
    }
  }
  EXPECT_EQ(intake.submitted, 0);
}

TEST_F(RoutesTest, OptionsSayWhatIsAllowed) {
  for (const char* path : {kPath, "/kpc/kp1/v1/dcx/token/plain/a", "*"}) {
    const http::Response answer = answer_to("OPTIONS", path);
    EXPECT_EQ(answer.status, 204);
    EXPECT_EQ(answer.headers.get("Allow"), "POST, OPTIONS");
    EXPECT_EQ(answer.body, "");
  }
  // No site is allowed, so a preflight is a question like others.
  const http::Response answer = answer_to("OPTIONS", kPath, from_page("https://a"));
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.headers.get("Access-Control-Allow-Origin"), "");
  EXPECT_EQ(answer.headers.get("Access-Control-Allow-Methods"), "");
}

TEST_F(RoutesTest, OtherPathsAreNotFound) {
  for (const char* path :
       {"/", "", "/metrics", "/kp1/v1/dcx/token", "//kp1/v1/dcx/t/json", "/kp1//dcx/t/json",
        "/kpc/kpc/kp1/v1/dcx/t/json", "/kp1/v1/dcx/a%2Fb/json", "/kp1/v1/dcx/a%2fjson",
        "/kp1/v1/dcx/a%00/json", "/kp1/v1/dcx/a%zz/json", "/kp1/v1/dcx/%/json",
        "/kp1/v1/dcx/%C3%A4/json", "/kp1/v1/epmx/t/get"}) {
    for (const char* method : {"POST", "GET", "OPTIONS"}) {
      const http::Response answer = answer_to(method, path);
      EXPECT_EQ(answer.status, 404) << path;
      EXPECT_EQ(answer.body.find(R"({"statusCode":404,"reasonPhrase":"unknown path: )"), 0U)
          << answer.body;
    }
  }
}

TEST_F(RoutesTest, PagesOfAllowedSitesMaySendAndRead) {
  http::Request asked;
  asked.method = "OPTIONS";
  asked.path = "/anything";
  asked.headers = from_page("https://a");
  http::Response preflight;
  with_pages.handle(asked, [&preflight](http::Response response) { preflight = response; });
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.headers.get("Access-Control-Allow-Origin"), "https://a");
  EXPECT_EQ(preflight.headers.get("Access-Control-Allow-Methods"), "POST");
  EXPECT_EQ(preflight.headers.get("Access-Control-Allow-Headers"),
            "content-type, content-encoding, x-request-id, traceparent");
  for (const char* path : {kPath, "/nowhere"}) {
    http::Request sent;
    sent.method = "POST";
    sent.path = path;
    sent.headers = from_page("https://a");
    http::Response answer;
    with_pages.handle(sent, [&answer](http::Response response) { answer = response; });
    EXPECT_EQ(answer.headers.get("Access-Control-Allow-Origin"), "https://a") << path;
    EXPECT_EQ(answer.headers.get("Vary"), "Origin");
  }
}

TEST_F(RoutesTest, PagesOfOthersAreToldWhy) {
  http::Request asked;
  asked.method = "OPTIONS";
  asked.path = kPath;
  asked.headers = from_page("https://evil");
  http::Response answer;
  with_pages.handle(asked, [&answer](http::Response response) { answer = response; });
  EXPECT_EQ(answer.status, 403);
  EXPECT_NE(answer.body.find("allowed-origins"), std::string::npos);
  EXPECT_EQ(answer.headers.get("Access-Control-Allow-Origin"), "");
  EXPECT_NE(metrics.expose().find("refused_requests_total{reason=\"origin\"} 1"),
            std::string::npos);
}

TEST_F(RoutesTest, ARequestThatWasNotReadIsNotedByItsPath) {
  http::RefusedRequest refused{413, "too large", {}};
  refused.head.path = kPath;
  refused.head.headers.add("X-Request-Id", "abc");
  const http::Response answer = routes.refuse(refused);
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.body, R"({"statusCode":413,"reasonPhrase":"too large"})");
  EXPECT_EQ(answer.headers.get("X-Request-Id"), "abc");
  refused.head.path = "/favicon.ico";
  EXPECT_EQ(routes.refuse(refused).status, 413);
  EXPECT_FALSE(routes.refuse({400, "not HTTP", {}}).headers.get("X-Request-Id").empty());
  ASSERT_EQ(intake.noted.size(), 1U);
  EXPECT_EQ(intake.noted[0].path.app_version_name, "v1");
  EXPECT_EQ(intake.noted[0].correlation_id, "abc");
  EXPECT_EQ(intake.noted[0].reason_phrase, "too large");
}

}  // namespace
}  // namespace millrace::http_receiver
