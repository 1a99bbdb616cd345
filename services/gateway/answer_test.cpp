// SPDX-License-Identifier: Apache-2.0
#include "gateway/answer.h"

#include <gmock/gmock.h>

namespace millrace::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Answer, CodesHaveTheStatusesOfTheConnectProtocol) {
  const std::vector<int> wanted{200, 499, 500, 400, 504, 404, 409, 403, 429,
                                400, 409, 400, 501, 500, 503, 500, 401};
  for (std::size_t code = 0; code < wanted.size(); ++code) {
    EXPECT_EQ(http_status(static_cast<absl::StatusCode>(code)), wanted[code]) << code;
  }
}

TEST(Answer, AnErrorSaysWhatIsWrongInBothForms) {
  const http::Response response = error_answer(404, "no \"x\"\n");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body,
            R"({"statusCode":404,"reasonPhrase":"no \"x\"\n","message":"no \"x\"\n"})");
  EXPECT_EQ(response.headers.get("Retry-After"), "");
  EXPECT_EQ(error_answer(503, "").headers.get("Retry-After"), "1");
  EXPECT_EQ(error_answer(429, "").headers.get("Retry-After"), "1");
}

TEST(Answer, WhatIsQuotedIsAlwaysUtf8) {
  EXPECT_EQ(json_quoted("a\xff\"\xc3\xa4"), "\"a\xEF\xBF\xBD\\\"\xc3\xa4\"");
}

TEST(Answer, AWrongMethodIsToldTheRightOnes) {
  const http::Response response = method_not_allowed("PATCH", "GET, HEAD");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers.get("Allow"), "GET, HEAD");
  EXPECT_THAT(response.body, HasSubstr("cannot PATCH this path"));
}

TEST(Answer, BrowsersAreTiedDown) {
  http::Response response;
  add_security_headers(response, false);
  const std::string policy(response.headers.get("Content-Security-Policy"));
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_EQ(response.headers.get("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(response.headers.get("Referrer-Policy"), "no-referrer");
  EXPECT_EQ(response.headers.get("Cache-Control"), "no-store");
  EXPECT_EQ(response.headers.get("Strict-Transport-Security"), "");
}

TEST(Answer, TlsIsRememberedAndCachingIsTheFilesOwn) {
  http::Response response;
  response.headers.add("Cache-Control", "no-cache");
  add_security_headers(response, true);
  EXPECT_EQ(response.headers.get("Cache-Control"), "no-cache");
  EXPECT_EQ(response.headers.get("Strict-Transport-Security"), "max-age=31536000");
}

}  // namespace
}  // namespace millrace::gateway
