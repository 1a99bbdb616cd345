// SPDX-License-Identifier: Apache-2.0
#include "http-receiver/responder.h"

#include <gtest/gtest.h>

namespace millrace::http_receiver {
namespace {

http::Response sent(http::Response response, const http::CorsRules& cors) {
  http::Response got;
  const Responder responder([&got](http::Response its) { got = std::move(its); }, "id-1",
                            "https://a", cors);
  EXPECT_EQ(responder.correlation_id(), "id-1");
  responder.send(std::move(response));
  return got;
}

TEST(Responder, EveryAnswerNamesTheCorrelationId) {
  EXPECT_EQ(sent({}, {}).headers.get("X-Request-Id"), "id-1");
  EXPECT_EQ(sent(error_response(404, "unknown"), {}).headers.get("X-Request-Id"), "id-1");
  EXPECT_EQ(sent({}, {}).headers.all().size(), 1U);
}

TEST(Responder, PagesOfAllowedSitesMayReadEveryAnswer) {
  const http::CorsRules cors{{"https://a"}, "POST", "content-type", "x-request-id"};
  for (const http::Response& answer : {sent({}, cors), sent(error_response(413, "large"), cors)}) {
    EXPECT_EQ(answer.headers.get("Access-Control-Allow-Origin"), "https://a");
    EXPECT_EQ(answer.headers.get("Vary"), "Origin");
  }
}

TEST(ErrorResponse, HasTheErrorObjectAndSaysWhenToTryAgain) {
  const http::Response busy = error_response(503, "busy");
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(busy.content_type, "application/json");
  EXPECT_EQ(busy.body, R"({"statusCode":503,"reasonPhrase":"busy"})");
  EXPECT_EQ(busy.headers.get("Retry-After"), "1");
  EXPECT_EQ(error_response(429, "busy").headers.get("Retry-After"), "1");
  EXPECT_EQ(error_response(400, "bad").headers.get("Retry-After"), "");
}

}  // namespace
}  // namespace millrace::http_receiver
