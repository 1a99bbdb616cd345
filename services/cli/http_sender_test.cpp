// SPDX-License-Identifier: Apache-2.0
#include "cli/http_sender.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "cli/wrong_usage.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

TEST(HttpSender, TheErrorObjectSaysCodeAndReason) {
  const std::string body = R"({"statusCode":404,"reasonPhrase":"no such token"})";
  EXPECT_EQ(reason_of(body), "no such token");
  EXPECT_EQ(status_code_of(body), 404);
}

TEST(HttpSender, OtherBodiesSayNothing) {
  for (const char* body : {"", "no JSON", "[]", "{}", R"({"reasonPhrase":5,"statusCode":"x"})"}) {
    EXPECT_EQ(reason_of(body), "") << body;
    EXPECT_EQ(status_code_of(body), 0) << body;
  }
}

TEST(HttpSender, AnAnswerIsOneJsonObject) {
  EXPECT_EQ(to_json(Answer{"mqtt", 403, "a \"b\""}),
            R"({"transport":"mqtt","statusCode":403,"reasonPhrase":"a \"b\""})");
}

TEST(HttpSender, AnUnusableUrlIsWrongUsage) {
  for (const char* url : {"", "not a url", "localhost:8080", "ftp://localhost", "http://",
                          "http://:8080", "http://localhost:99999", "/kp1"}) {
    SessionOptions options;
    options.http_url = url;
    const auto answer = send_over_http(options, {"v", "t", "{}"});
    EXPECT_TRUE(is_wrong_usage(answer.status())) << url << ": " << answer.status();
    EXPECT_THAT(error::message(answer.status()), testing::HasSubstr(fmt::format("'{}'", url)));
  }
}

}  // namespace
}  // namespace millrace::cli
