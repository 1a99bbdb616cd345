// SPDX-License-Identifier: Apache-2.0
#include "lib/http/transport.h"

#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/http/server_fixture.h"

namespace millrace::http {
namespace {

namespace asio = boost::asio;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::chrono::milliseconds kLong{60'000};

TEST_F(HttpServer, SilentConnectionsAreClosed) {
  options.idle_timeout = std::chrono::milliseconds{1};
  start();
  EXPECT_EQ(exchange(""), "");
  EXPECT_EQ(exchange("POST / HT"), "");
}

TEST_F(HttpServer, BodiesThatStopArrivingAreGivenUp) {
  options.read_timeout = std::chrono::milliseconds{1};
  start();
  EXPECT_EQ(exchange("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"), "");
}

TEST_F(HttpServer, MoreConnectionsThanAllowedAreClosedAtOnce) {
  options.max_connections = 1;
  start();
  Device one = device();
  one.send(post("/", "a"));
  EXPECT_THAT(one.read_answer(), EndsWith("POST / a"));
  Device two = device();
  EXPECT_EQ(two.read_all(), "");
  one.send(post("/", "b"));
  EXPECT_THAT(one.read_answer(), EndsWith("POST / b"));
}

TEST_F(HttpServer, ListensOnSeveralPorts) {
  options.listeners = {Listener{"127.0.0.1"}, Listener{"127.0.0.1"}};
  start();
  EXPECT_NE(server->port(0), server->port(1));
  for (const std::size_t listener : {0, 1}) {
    Device one(server->port(listener));
    one.send(post("/", "a"));
    EXPECT_THAT(one.read_answer(), EndsWith("POST / a"));
  }
  EXPECT_TRUE(server->stop(kLong));
  for (const std::size_t listener : {0, 1}) {
    EXPECT_THROW(Device{server->port(listener)}, boost::system::system_error);
  }
}

TEST_F(HttpServer, AnAddressHasItsBoundOfConnections) {
  options.max_connections_per_address = 1;
  options.listeners = {Listener{"127.0.0.1"}, Listener{"127.0.0.1"}};
  start();
  Device one = device();
  one.send(post("/", "a"));
  EXPECT_THAT(one.read_answer(), EndsWith("POST / a"));
  Device two(server->port(1));
  EXPECT_EQ(two.read_all(), "");
  EXPECT_THAT(metrics.expose(),
              HasSubstr("refused_connections_total{reason=\"max_connections_per_address\"} 1\n"));
  one.close();
  for (std::string answer; answer.empty();) {
    Device later = device();
    later.send(post("/", "b", "Connection: close\r\n"));
    answer = later.read_all();
  }
}

TEST_F(HttpServer, BehindABalancerAConnectionBeginsWithWhoseItIs) {
  options.listeners[0].proxy_protocol = true;
  options.max_connections_per_address = 1;
  start();
  const std::string header = "PROXY TCP4 192.0.2.1 192.0.2.9 1000 80\r\n";
  Device one = device();
  one.send(header + post("/", "a"));
  EXPECT_THAT(one.read_answer(), EndsWith("POST / a"));
  one.send(post("/", "b"));
  EXPECT_THAT(one.read_answer(), EndsWith("POST / b"));
  EXPECT_EQ(exchange(header + post("/", "c")), "");  // the address has its connection
  Device other = device();
  for (const char c : std::string("PROXY TCP4 192.0.2.2 192.0.2.9 1000 80\r\n")) {
    other.send(std::string(1, c));
  }
  other.send(post("/", "d"));
  EXPECT_THAT(other.read_answer(), EndsWith("POST / d"));
}

TEST_F(HttpServer, BehindABalancerAConnectionWithoutAHeaderIsClosed) {
  options.listeners[0].proxy_protocol = true;
  start();
  EXPECT_EQ(exchange(post("/", "a")), "");
  EXPECT_EQ(exchange("PROXY TCP4 nonsense\r\n" + post("/", "a")), "");
  const std::string text = metrics.expose();
  EXPECT_THAT(text, HasSubstr("refused_connections_total{reason=\"proxy_header\"} 2\n"));
  EXPECT_THAT(exchange("PROXY UNKNOWN\r\n" + post("/", "a", "Connection: close\r\n")),
              EndsWith("POST / a"));
}

TEST_F(HttpServer, AHeaderThatDoesNotComeIsAwaitedForAWhile) {
  options.listeners[0].proxy_protocol = true;
  options.handshake_timeout = std::chrono::milliseconds{1};
  start();
  EXPECT_EQ(exchange("PROXY TCP4 192."), "");
  wait_for_time_out("proxy_header");
}

TEST_F(HttpServer, ARequestThatDoesNotComeIsCountedAsThat) {
  options.idle_timeout = std::chrono::milliseconds{1};
  start();
  EXPECT_EQ(exchange(""), "");
  wait_for_time_out("request");
}

TEST_F(HttpServer, ABodyThatDoesNotComeIsCountedAsThat) {
  options.read_timeout = std::chrono::milliseconds{1};
  start();
  EXPECT_EQ(exchange("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"), "");
  wait_for_time_out("body");
}

TEST_F(HttpServer, MoreBytesBeingReceivedThanAllowedAreRefused) {
  options.max_receiving_bytes = 500;
  start();
  EXPECT_THAT(exchange(post("/", std::string(600, 'x'))), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(exchange(post("/", std::string(400, 'x'), "Connection: close\r\n")),
              StartsWith("HTTP/1.1 200 "));
}

// 64 connections with a byte to go would else shut out every other device.
TEST_F(HttpServer, WhoStaysWithinAnEqualShareIsServedHoweverMuchOthersHold) {
  options.max_receiving_bytes = 1'000;
  options.max_connections = 10;
  start();
  Device hoarder = device();
  hoarder.send("POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n" + std::string(999, 'x'));
  // Refused as soon as the hoarder's bytes have been counted.
  while (exchange(post("/", std::string(200, 'x'), "Connection: close\r\n")).find(" 503 ") ==
         std::string::npos) {
  }
  EXPECT_THAT(exchange(post("/", std::string(100, 'x'), "Connection: close\r\n")),
              StartsWith("HTTP/1.1 200 "));
  hoarder.send("x");
  EXPECT_THAT(hoarder.read_answer(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServer, StoppingClosesIdleConnectionsAndFinishesWhatHasBegun) {
  HeldReplies held;
  handler = held.handler();
  start();
  Device idle = device();
  idle.send(post("/", "x"));
  held.take()(Response{});
  EXPECT_THAT(idle.read_head(), StartsWith("HTTP/1.1 200 "));
  Device busy = device();
  busy.send(post("/", "x"));
  Reply reply = held.take();

  bool finished = false;
  std::string answer;
  {
    std::jthread stopper([&] { finished = server->stop(kLong); });
    EXPECT_EQ(idle.read_all(), "");  // closed by the stop, which waits for the busy one
    reply(Response{});
    answer = busy.read_all();
    busy.close();
  }
  EXPECT_TRUE(finished);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
}

TEST_F(HttpServer, StoppingLetsABodyArrive) {
  HeldReplies held;
  handler = held.handler();
  start();
  Device idle = device();
  idle.send(post("/", "x"));
  held.take()(Response{});
  EXPECT_THAT(idle.read_head(), StartsWith("HTTP/1.1 200 "));
  Device slow = device();
  slow.send("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_THAT(slow.read_head(), StartsWith("HTTP/1.1 100 "));

  bool finished = false;
  {
    std::jthread stopper([&] { finished = server->stop(kLong); });
    EXPECT_EQ(idle.read_all(), "");
    slow.send("ab");
    held.take()(Response{});
    EXPECT_THAT(slow.read_all(), StartsWith("HTTP/1.1 200 "));
    slow.close();
  }
  EXPECT_TRUE(finished);
}

TEST_F(HttpServer, StoppingCutsWhatIsLeftAtTheDeadline) {
  HeldReplies held;
  handler = held.handler();
  start();
  Device busy = device();
  busy.send(post("/", "x"));
  Reply reply = held.take();
  EXPECT_FALSE(server->stop(std::chrono::milliseconds{0}));
  EXPECT_EQ(busy.read_all(), "");
  reply(Response{});  // too late, and harmless
  EXPECT_TRUE(server->stop(std::chrono::milliseconds{0}));
}

TEST_F(HttpServer, ATakenPortIsNamedInTheError) {
  asio::io_context context;
  const asio::ip::tcp::acceptor taken(context, {asio::ip::make_address("127.0.0.1"), 0});
  options.listeners[0].port = taken.local_endpoint().port();
  const auto refused = Server::create(options, handler, platform);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(
      refused.status().ToString(),
      HasSubstr(fmt::format("cannot listen for HTTP on 127.0.0.1:{}", options.listeners[0].port)));
  // The first of two stays free when the second is taken.
  options.listeners.insert(options.listeners.begin(), Listener{"127.0.0.1"});
  EXPECT_EQ(Server::create(options, handler, platform).status().code(),
            absl::StatusCode::kUnavailable);
  options.listeners[1].port = 0;
  start();
}

}  // namespace
}  // namespace millrace::http
