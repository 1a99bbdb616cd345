// SPDX-License-Identifier: Apache-2.0
#include "cli/http_sender.h"

#include <gtest/gtest.h>

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

TEST(HttpSender, AnUnusableUrlIsTheCallersMistake) {
  SessionOptions options;
  options.http_url = "not a url";
  EXPECT_FALSE(send_over_http(options, {"v", "t", "{}"}).ok());
}

}  // namespace
}  // namespace millrace::cli
