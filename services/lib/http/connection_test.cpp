// SPDX-License-Identifier: Apache-2.0
#include "lib/http/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/http/server_fixture.h"

namespace millrace::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST_F(HttpServer, KeepsTheConnectionForFurtherRequests) {
  start();
  Device one = device();
  for (const char* body : {"a", "b", "c"}) {
    one.send(post("/", body));
    EXPECT_THAT(one.read_answer(), EndsWith(std::string("POST / ") + body));
  }
}

TEST_F(HttpServer, AnswersPipelinedRequestsInOrder) {
  start();
  Device one = device();
  one.send(post("/", "a") + post("/", "b") + post("/", "c", "Connection: close\r\n"));
  const std::string answers = one.read_all();
  const std::size_t a = answers.find("POST / a");
  const std::size_t b = answers.find("POST / b");
  const std::size_t c = answers.find("POST / c");
  EXPECT_LT(a, b);
  EXPECT_LT(b, c);
  EXPECT_NE(c, std::string::npos);
}

TEST_F(HttpServer, ClosesWhereTheRequestWantsIt) {
  start();
  EXPECT_THAT(exchange(post("/", "a", "Connection: close\r\n")), EndsWith("POST / a"));
  EXPECT_THAT(exchange("POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\na"), EndsWith("POST / a"));
}

TEST_F(HttpServer, KeepsAConnectionOfHttp10WhereItIsAsked) {
  start();
  Device one = device();
  for (int i = 0; i < 2; ++i) {
    one.send("POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na");
    EXPECT_THAT(one.read_answer(), HasSubstr("Connection: keep-alive\r\n"));
  }
}

TEST_F(HttpServer, AnAnswerWithoutABodyHasLengthZero) {
  handler = [](const Request&, const Reply& reply) { reply(Response{}); };
  start();
  Device one = device();
  one.send(post("/", "x"));
  EXPECT_EQ(without_date(one.read_head()), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

TEST_F(HttpServer, AnswersHeadWithoutABody) {
  start();
  const std::string answer = exchange("HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 7\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(HttpServer, TakesChunkedBodies) {
  start();
  EXPECT_THAT(exchange("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                       "3\r\nabc\r\n2;note=x\r\nde\r\n0\r\nTrailer: y\r\n\r\n"),
              EndsWith("POST / abcde"));
}

TEST_F(HttpServer, FieldsBehindTheLastChunkAreNoHeaderFields) {
  handler = [](Request request, const Reply& reply) {
    Response response;
    response.body = std::string(request.headers.get("X")) + "|" + request.body;
    reply(std::move(response));
  };
  start();
  EXPECT_THAT(exchange("POST / HTTP/1.1\r\nX: head\r\nTransfer-Encoding: chunked\r\n"
                       "Connection: close\r\n\r\n1\r\na\r\n0\r\nX: trailer\r\n\r\n"),
              EndsWith("\r\n\r\nhead|a"));
}

TEST_F(HttpServer, AFieldThatComesSeveralTimesIsAList) {
  handler = [](Request request, const Reply& reply) {
    Response response;
    response.body = request.headers.get("x");
    reply(std::move(response));
  };
  start();
  EXPECT_THAT(exchange("GET / HTTP/1.1\r\nX: a\r\nY: b\r\nx: c\r\nConnection: close\r\n\r\n"),
              EndsWith("\r\n\r\na, c"));
}

TEST_F(HttpServer, OtherTransferCodingsAreNotKnown) {
  start();
  for (const char* fields : {"Transfer-Encoding: gzip, chunked", "Transfer-Encoding: gzip",
                             "Transfer-Encoding: identity", "Transfer-Encoding: chunked, chunked",
                             "Transfer-Encoding: x"}) {
    EXPECT_THAT(exchange(fmt::format("POST / HTTP/1.1\r\n{}\r\n\r\n0\r\n\r\n", fields)),
                StartsWith("HTTP/1.1 501 "))
        << fields;
  }
  EXPECT_THAT(exchange("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.0 501 "));
}

TEST_F(HttpServer, MoreFieldsThanAnyClientSendsAreRefused) {
  start();
  const auto request = [](int fields) {
    std::string text = "POST / HTTP/1.1\r\nConnection: close\r\n";
    for (int i = 1; i < fields; ++i) text += fmt::format("A{}: b\r\n", i);
    return text + "\r\n";
  };
  EXPECT_THAT(exchange(request(100)), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(exchange(request(101)), StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpServer, ARefusalIsToldWhatWasRead) {
  start();
  EXPECT_THAT(exchange("POST /a?b HTTP/1.1\r\nContent-Length: 5000\r\n\r\n"),
              HasSubstr("X-Path: /a\r\n"));
  EXPECT_THAT(exchange("POST /a HTTP/1.1\r\nX: " + std::string(20'000, 'x')),
              HasSubstr("X-Path: /a\r\n"));
  EXPECT_THAT(exchange("nonsense\r\n\r\n"), HasSubstr("X-Path: \r\n"));
}

TEST_F(HttpServer, TheTargetIsAPathOrAnAbsoluteUri) {
  start();
  for (const char* target : {"*", "/a//b", "http://other:1/a", "http://other"}) {
    EXPECT_THAT(exchange(fmt::format("OPTIONS {} HTTP/1.1\r\nConnection: close\r\n\r\n", target)),
                StartsWith("HTTP/1.1 200 "))
        << target;
  }
  for (const char* target : {"a", "kp1/v1/dcx/t/json", "host:443", "?a"}) {
    EXPECT_THAT(exchange(fmt::format("CONNECT {} HTTP/1.1\r\n\r\n", target)),
                StartsWith("HTTP/1.1 400 "))
        << target;
  }
}

TEST_F(HttpServer, ABodyOverTheLimitIsRefusedBeforeItIsRead) {
  start();
  Device one = device();
  one.send("POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n");
  const std::string answer = one.read_all();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("cannot take a body of more than 1000 bytes; send smaller batches"));
  EXPECT_THAT(exchange(post("/", std::string(1'000, 'x'), "Connection: close\r\n")),
              StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServer, ADeviceThatSendsItsHugeBodyAnywaySeesTheAnswer) {
  start();
  EXPECT_THAT(exchange(post("/", std::string(3'000'000, 'x'))), StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpServer, AChunkedBodyOverTheLimitIsRefusedWhileItIsRead) {
  start();
  const std::string head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_THAT(exchange(head + "3E9\r\n"), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(exchange(head + "7fffffff\r\n"), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(exchange(head + "ffffffffffffffff\r\n"), StartsWith("HTTP/1.1 4"));
  EXPECT_THAT(exchange(head + "ffffffffffffffffff\r\n"), StartsWith("HTTP/1.1 400 "));
  std::string trickle = head;
  for (int i = 0; i < 1'001; ++i) trickle += "1\r\nx\r\n";
  EXPECT_THAT(exchange(trickle), StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpServer, SaysContinueWhereItIsExpected) {
  start();
  Device one = device();
  one.send("POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(one.read_head(), "HTTP/1.1 100 Continue\r\n\r\n");
  one.send("ab");
  EXPECT_THAT(one.read_answer(), EndsWith("POST / ab"));
}

TEST_F(HttpServer, DoesNotSayContinueToWhatItWillNotTake) {
  start();
  EXPECT_THAT(exchange("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(exchange("POST / HTTP/1.1\r\nExpect: miracles\r\nContent-Length: 1\r\n\r\n"),
              StartsWith("HTTP/1.1 417 "));
}

TEST_F(HttpServer, HeadersOverTheLimitAreRefused) {
  start();
  EXPECT_THAT(exchange("POST / HTTP/1.1\r\nX: " + std::string(20'000, 'x')),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(exchange("POST /" + std::string(20'000, 'x')), StartsWith("HTTP/1.1 431 "));
  std::string many = "POST / HTTP/1.1\r\n";
  for (int i = 0; i < 5'000; ++i) many += "A: b\r\n";
  EXPECT_THAT(exchange(many), StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpServer, WhatIsNotHttpIsABadRequest) {
  start();
  for (const std::string bytes :
       {"\x16\x03\x01 TLS hello \r\n\r\n", "nonsense\r\n\r\n", "POST /\r\n\r\n",
        "POST / HTTP/9.9\r\n\r\n", "POST / HTTP/1.1\r\nbroken header\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: ten\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST /a%zz|b\\^ HTTP/1.1\r\n\r\n"}) {
    Device one = device();
    one.send(bytes);
    EXPECT_THAT(one.read_head(), StartsWith("HTTP/1.1 400 ")) << bytes;
  }
}

}  // namespace
}  // namespace millrace::http
