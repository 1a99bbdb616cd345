// SPDX-License-Identifier: Apache-2.0
#include "lib/process/admin_server.h"

#include <array>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/error/error.h"

namespace millrace::process {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// The whole answer of the server on `port` to these bytes.
std::string exchange(std::uint16_t port, const std::string& request) {
  const int link = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(link, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(write(link, request.data(), request.size()), static_cast<ssize_t>(request.size()));
  std::string answer;
  std::array<char, 4096> bytes{};
  for (ssize_t got = 0; (got = read(link, bytes.data(), bytes.size())) > 0;) {
    answer.append(bytes.data(), static_cast<std::size_t>(got));
  }
  close(link);
  return answer;
}

class Admin : public testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<AdminServer>> start(const config::Listen& listen) {
    return AdminServer::start(listen, {.metrics = metrics,
                                       .readiness = readiness,
                                       .version_json = R"({"service":"test","version":"1"})"});
  }

  std::string get(const std::string& path) { return request("GET", path); }

  std::string request(const std::string& method, const std::string& path) {
    return exchange(server->port(), fmt::format("{} {} HTTP/1.1\r\nHost: x\r\n\r\n", method, path));
  }

  metrics::Registry metrics;
  Readiness readiness;
  std::unique_ptr<AdminServer> server = start({"127.0.0.1", 0}).value();
};

TEST_F(Admin, ListensOnAPortOfTheSystemsChoice) {
  EXPECT_GT(server->port(), 0);
}

TEST_F(Admin, IsHealthyAsSoonAsItAnswers) {
  readiness.set("nats", false, "away");
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(Admin, IsReadyWhenEveryConditionHolds) {
  readiness.set("nats", false, "away");
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_THAT(get("/readyz"), HasSubstr(R"("nats":{"holds":false,"detail":"away"})"));
  readiness.set("nats", true, "");
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(Admin, ShowsMetrics) {
  metrics.counter("millrace_test_total", "Help.").increment();
  const std::string answer = get("/metrics");
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(answer, HasSubstr("millrace_test_total 1"));
}

TEST_F(Admin, ShowsItsVersion) {
  EXPECT_THAT(get("/version"), EndsWith("\r\n\r\n{\"service\":\"test\",\"version\":\"1\"}"));
}

TEST_F(Admin, AnswersHeadWithoutABody) {
  const std::string answer = request("HEAD", "/healthz");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(Admin, OffersNothingElse) {
  EXPECT_THAT(get("/"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(get("/../../etc/passwd"), Not(HasSubstr("root:")));
  EXPECT_THAT(request("POST", "/metrics"), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(request("DELETE", "/healthz"), StartsWith("HTTP/1.1 405 "));
}

TEST_F(Admin, SaysWhichPortIsOccupiedAndWhichSettingChoosesAnother) {
  const auto second = start({"127.0.0.1", server->port()});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(error::message(second.status()),
              StartsWith(fmt::format("cannot listen on 127.0.0.1:{} for the admin port: ",
                                     server->port())));
  EXPECT_THAT(error::message(second.status()), HasSubstr("Address already in use"));
  EXPECT_THAT(error::message(second.status()), HasSubstr("admin-listen"));
}

TEST_F(Admin, TakesANameForAnAddress) {
  EXPECT_TRUE(start({"localhost", 0}).ok());
}

TEST_F(Admin, SaysWhenThereIsNoSuchHost) {
  const auto nowhere = start({"nowhere.invalid", 1});
  EXPECT_THAT(error::message(nowhere.status()),
              StartsWith("cannot listen on nowhere.invalid:1 for the admin port: "));
  EXPECT_FALSE(start({"::1", 0}).ok());
}

TEST_F(Admin, FreesItsPortWhenItEnds) {
  const std::uint16_t port = server->port();
  server.reset();
  EXPECT_TRUE(start({"127.0.0.1", port}).ok());
}

}  // namespace
}  // namespace millrace::process
