// SPDX-License-Identifier: Apache-2.0
#include "lib/http/cpprest_door.h"

#include <gtest/gtest.h>

namespace millrace::http {
namespace {

RawRequest raw(const std::string& method, const std::string& target, const std::string& body) {
  RawRequest request;
  request.message.method_string(method);
  request.message.target(target);
  request.message.body() = body;
  return request;
}

TEST(CpprestDoor, ARequestComesThroughUnchanged) {
  RawRequest request = raw("BREW", "/a%2Fb?x=y", std::string("\0\xFF", 2));
  request.message.set("X-Request-Id", "7");
  request.message.insert("Accept", "a");
  const Request value = to_value(to_cpprest(request));
  EXPECT_EQ(value.method, "BREW");
  EXPECT_EQ(value.path, "/a%2Fb");
  EXPECT_EQ(value.query, "x=y");
  EXPECT_EQ(value.headers.get("x-request-id"), "7");
  EXPECT_EQ(value.headers.get("Accept"), "a");
  EXPECT_EQ(value.body, std::string("\0\xFF", 2));
}

TEST(CpprestDoor, AQueryStaysAsItCame) {
  const auto query_of = [](const std::string& target) {
    RawRequest request = raw("GET", target, "");
    return to_value(to_cpprest(request)).query;
  };
  EXPECT_EQ(query_of("/a?b=%2F%20+&b=&&c?d#e"), "b=%2F%20+&b=&&c?d");
  EXPECT_EQ(query_of("http://host:1/a?b"), "b");
  EXPECT_EQ(query_of("/a?"), "");
  EXPECT_EQ(query_of("/a"), "");
}

TEST(CpprestDoor, AResponseWithoutABodyKeepsItsType) {
  Response response;
  response.content_type = "text/csv";
  EXPECT_EQ(to_value(to_cpprest(response)).content_type, "text/csv");
}

TEST(CpprestDoor, ATargetThatIsNoUriIsThrownBack) {
  for (const char* target : {"/a b", "/a|b", "/\xE4"}) {
    RawRequest request = raw("POST", target, "");
    EXPECT_THROW(to_cpprest(request), web::uri_exception) << target;
  }
}

TEST(CpprestDoor, AResponseComesThroughUnchanged) {
  Response response;
  response.status = 503;
  response.headers.add("Retry-After", "5");
  response.content_type = "application/json";
  response.body = R"({"statusCode":503})";
  const Response back = to_value(to_cpprest(response));
  EXPECT_EQ(back.status, 503);
  EXPECT_EQ(back.headers.get("Retry-After"), "5");
  EXPECT_EQ(back.headers.all().size(), 1U);
  EXPECT_EQ(back.content_type, "application/json");
  EXPECT_EQ(back.body, response.body);
}

TEST(CpprestDoor, AResponseWithoutABodyHasNone) {
  const Response back = to_value(to_cpprest(Response{}));
  EXPECT_EQ(back.status, 200);
  EXPECT_EQ(back.body, "");
  EXPECT_TRUE(back.headers.all().empty());
}

}  // namespace
}  // namespace millrace::http
