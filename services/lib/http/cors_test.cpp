// SPDX-License-Identifier: Apache-2.0
#include "lib/http/cors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/error/error.h"

namespace millrace::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

CorsRules rules_of(std::vector<std::string> origins) {
  return {std::move(origins), "POST", "content-type, traceparent", "retry-after"};
}

TEST(Cors, OriginsAreAList) {
  EXPECT_THAT(*parse_origins("https://a, http://b:1,", false),
              ElementsAre("https://a", "http://b:1"));
  EXPECT_THAT(*parse_origins("http://[::1]:8000", false), ElementsAre("http://[::1]:8000"));
  EXPECT_THAT(*parse_origins("", false), IsEmpty());
  EXPECT_THAT(*parse_origins(" * ", true), ElementsAre("*"));
}

TEST(Cors, WhatIsNoOriginIsRefused) {
  for (const char* const list : {"example.com", "https://", "https://a/", "https://a/b", "ftp://a",
                                 "null", "https://*.a", "https://me@a", "https://a?b"}) {
    EXPECT_THAT(error::message(parse_origins(list, true).status()), HasSubstr("is no origin"))
        << list;
  }
  EXPECT_THAT(error::message(parse_origins("*", false).status()), HasSubstr("\"*\" is no origin"));
  EXPECT_THAT(error::message(parse_origins("*, https://a", true).status()), HasSubstr("alone"));
}

TEST(Cors, APreflightIsAnsweredWithWhatMayBeSent) {
  Request request;
  request.method = "POST";
  request.headers.add("Origin", "https://a");
  request.headers.add("Access-Control-Request-Method", "POST");
  EXPECT_FALSE(is_preflight(request));
  request.method = "OPTIONS";
  EXPECT_TRUE(is_preflight(request));
  Request other;
  other.method = "OPTIONS";
  other.headers.add("Origin", "https://a");
  EXPECT_FALSE(is_preflight(other));
  const Response answer = preflight_answer(rules_of({"*"}));
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.headers.get("Access-Control-Allow-Methods"), "POST");
  EXPECT_EQ(answer.headers.get("Access-Control-Allow-Headers"), "content-type, traceparent");
  EXPECT_EQ(answer.headers.get("Access-Control-Max-Age"), "7200");
}

TEST(Cors, OnlyAllowedSitesMayReadAnswers) {
  const CorsRules rules = rules_of({"https://friend.example"});
  Response friendly;
  friendly.headers.add("Vary", "Accept-Encoding");
  allow_origin(rules, "https://Friend.example", friendly);
  EXPECT_EQ(friendly.headers.get("Access-Control-Allow-Origin"), "https://Friend.example");
  EXPECT_EQ(friendly.headers.get("Access-Control-Expose-Headers"), "retry-after");
  EXPECT_EQ(friendly.headers.get("Vary"), "Accept-Encoding, Origin");
  EXPECT_EQ(friendly.headers.get("Access-Control-Allow-Credentials"), "");
  for (const char* const origin : {"https://evil.example", "null", "", "*"}) {
    Response others;
    allow_origin(rules, origin, others);
    EXPECT_EQ(others.headers.get("Access-Control-Allow-Origin"), "") << origin;
    EXPECT_EQ(others.headers.get("Vary"), "Origin");
  }
}

TEST(Cors, AnyOriginNeedsNoVary) {
  Response response;
  allow_origin(rules_of({"*"}), "null", response);
  EXPECT_EQ(response.headers.get("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(response.headers.get("Vary"), "");
  Response from_no_page;
  allow_origin(rules_of({"*"}), "", from_no_page);
  EXPECT_TRUE(from_no_page.headers.all().empty());
}

TEST(Cors, WithoutOriginsNothingIsSaid) {
  Response response;
  allow_origin(rules_of({}), "https://a", response);
  EXPECT_TRUE(response.headers.all().empty());
  EXPECT_FALSE(allows_origin(rules_of({}), "https://a"));
}

}  // namespace
}  // namespace millrace::http
