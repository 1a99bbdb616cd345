// SPDX-License-Identifier: Apache-2.0
#include "lib/http/server.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/http/server_fixture.h"

namespace millrace::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST_F(HttpServer, AnswersARequest) {
  start();
  Device one = device();
  one.send(post("/kp1/v1", "hello"));
  const std::string answer = one.read_answer();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 18\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nPOST /kp1/v1 hello"));
}

TEST_F(HttpServer, AddsTheHandlersHeaders) {
  handler = [](const Request&, const Reply& reply) {
    Response response;
    response.status = 503;
    response.headers.add("Retry-After", "5");
    reply(std::move(response));
  };
  start();
  Device one = device();
  one.send(post("/", "x"));
  const std::string head = one.read_head();
  EXPECT_THAT(head, StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_THAT(head, HasSubstr("Retry-After: 5\r\n"));
}

TEST_F(HttpServer, TheBodyIsBytesWhateverItsContentType) {
  start();
  const std::string body("\xFF\0\xE4{}", 5);
  for (const char* type : {"", "Content-Type: application/json; charset=klingon\r\n",
                           "Content-Type: application/x-www-form-urlencoded\r\n",
                           "Content-Type: ;;;\r\n", "Content-Type: \xE4\r\n"}) {
    Device one = device();
    one.send(post("/", body, type));
    EXPECT_THAT(one.read_answer(), EndsWith("POST / " + body)) << type;
  }
}

TEST_F(HttpServer, ThePathStaysEncodedAndLosesItsQuery) {
  start();
  EXPECT_THAT(exchange(post("/a%2Fb%20c?x=y#z", "", "Connection: close\r\n")),
              EndsWith("POST /a%2Fb%20c "));
  EXPECT_THAT(exchange(post("http://other:1/a?b", "", "Connection: close\r\n")),
              EndsWith("POST /a "));
}

TEST_F(HttpServer, EveryMethodReachesTheHandler) {
  start();
  for (const std::string method : {"GET", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "BREW"}) {
    EXPECT_THAT(exchange(method + " / HTTP/1.1\r\nConnection: close\r\n\r\n"),
                EndsWith(method + " / "));
  }
}

TEST_F(HttpServer, AnswersFromAnotherThread) {
  std::vector<std::jthread> threads;
  handler = [&threads](const Request&, const Reply& reply) {
    threads.emplace_back([reply] { reply(Response{}); });
  };
  options.threads = 1;
  start();
  for (int i = 0; i < 20; ++i) {
    Device one = device();
    one.send(post("/", "x"));
    EXPECT_THAT(one.read_head(), StartsWith("HTTP/1.1 200 "));
  }
}

TEST_F(HttpServer, ARequestNobodyAnswersGets500) {
  handler = [](const Request&, const Reply&) {};
  start();
  Device one = device();
  one.send(post("/", "x"));
  EXPECT_THAT(one.read_head(), StartsWith("HTTP/1.1 500 "));
}

TEST_F(HttpServer, TheFirstAnswerStands) {
  handler = [](const Request&, const Reply& reply) {
    reply(Response{});
    Response second;
    second.status = 404;
    reply(std::move(second));
  };
  start();
  Device one = device();
  one.send(post("/", "a"));
  EXPECT_THAT(one.read_head(), StartsWith("HTTP/1.1 200 "));
  one.send(post("/", "b"));
  EXPECT_THAT(one.read_head(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServer, ASecondServerIsRefusedAndOneAfterTheOtherIsNot) {
  start();
  const auto second = Server::create(options, handler, platform);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  server.reset();
  start();
  EXPECT_THAT(exchange(post("/", "a", "Connection: close\r\n")), EndsWith("POST / a"));
}

}  // namespace
}  // namespace millrace::http
