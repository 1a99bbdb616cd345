// SPDX-License-Identifier: Apache-2.0
#include "http-receiver/routes.h"

#include <gtest/gtest.h>

#include "http-receiver/upload_handler.h"

namespace millrace::http_receiver {
namespace {

// Accepts everything and remembers the last upload.
class AcceptingIntake final : public intake::Intake {
 public:
  void submit(intake::Upload upload, std::function<void(const intake::Receipt&)> done) override {
    last = std::move(upload);
    ++submitted;
    done({intake::Receipt::Code::kAccepted, {}, {}, 0});
  }
  void note(intake::OutsideRefusal) override {}
  bool drain(std::chrono::milliseconds) override { return true; }

  intake::Upload last;
  int submitted = 0;
};

class Routes : public testing::Test {
 protected:
  http::Response answer_to(const std::string& method, const std::string& path) {
    http::Request request;
    request.method = method;
    request.path = path;
    request.body = "[]";
    http::Response answer;
    routes(std::move(request), [&answer](http::Response response) { answer = response; });
    return answer;
  }

  AcceptingIntake intake;
  UploadHandler uploads{intake, 1'000};
  http::Handler routes = make_routes(uploads);
};

TEST_F(Routes, UploadsGoToTheIntake) {
  for (const char* path : {"/kp1/v1/dcx/token/json", "/kpc/kp1/v1/dcx/token/json",
                           "/kp1/v1/dcx/token/json/23", "/kp1/v1/dcx/%74oken/json"}) {
    EXPECT_EQ(answer_to("POST", path).status, 200) << path;
    EXPECT_EQ(intake.last.path.token, "token");
    EXPECT_EQ(intake.last.path.app_version_name, "v1");
  }
  EXPECT_EQ(answer_to("POST", "/kp1/v1/dcx/token/plain/altitude").status, 200);
  EXPECT_EQ(intake.last.path.metric, "altitude");
}

TEST_F(Routes, OtherMethodsAreNotAllowed) {
  for (const char* method : {"GET", "PUT", "DELETE", "OPTIONS", "TRACE", "HEAD", "post"}) {
    const http::Response answer = answer_to(method, "/kp1/v1/dcx/token/json");
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.headers.get("Allow"), "POST");
    EXPECT_EQ(answer.content_type, "application/json");
    EXPECT_EQ(answer.body, R"({"statusCode":405,"reasonPhrase":"uploads are sent by POST"})");
  }
  EXPECT_EQ(intake.submitted, 0);
}

TEST_F(Routes, OtherPathsAreNotFound) {
  for (const char* path :
       {"/", "", "/metrics", "/kp1/v1/dcx/token", "/kp1/v1/dcx/token/json/", "//kp1/v1/dcx/t/json",
        "/kpc/kpc/kp1/v1/dcx/t/json", "/kp1/v1/dcx/a%2Fb/json", "/kp1/v1/dcx/a%2fjson",
        "/kp1/v1/dcx/a%00/json", "/kp1/v1/dcx/a%zz/json", "/kp1/v1/dcx/%/json",
        "/kp1/v1/dcx/%C3%A4/json", "/kp1/v1/epmx/t/get"}) {
    const http::Response answer = answer_to("POST", path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.body.find(R"({"statusCode":404,"reasonPhrase":"unknown path: )"), 0U)
        << answer.body;
  }
  EXPECT_EQ(answer_to("GET", "/").status, 404);
}

TEST(ErrorResponse, SaysWhenToTryAgain) {
  EXPECT_EQ(error_response(503, "busy").headers.get("Retry-After"), "1");
  EXPECT_EQ(error_response(400, "bad").headers.get("Retry-After"), "");
}

}  // namespace
}  // namespace millrace::http_receiver
