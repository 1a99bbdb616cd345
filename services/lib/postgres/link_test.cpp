// SPDX-License-Identifier: Apache-2.0
//
// Servers that misbehave: a loopback socket plays PostgreSQL. Against the real one:
// connection_itest.cpp.
#include "lib/postgres/link.h"

#include <string_view>
#include <thread>

#include <gmock/gmock.h>
#include <libpq-fe.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/error/error.h"
#include "lib/postgres/played_server.h"

namespace millrace::postgres {
namespace {

using ::testing::HasSubstr;
using std::string_view_literals::operator""sv;

// Accepts one connection, reads once, answers with `greeting`, then reads without a word until the
// client hangs up; or hangs up itself.
class PlayedServer {
 public:
  enum class Then { kStaySilent, kHangUp };

  PlayedServer(std::string_view greeting, Then then) {
    const PlayedListener listener(1);
    listener_ = listener.socket;
    url_ = listener.url;
    thread_ =
        std::jthread([this, greeting = std::string(greeting), then] { play(greeting, then); });
  }
  ~PlayedServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  ConnectionOptions options() const {
    ConnectionOptions options;
    options.url = url_;
    options.connect_timeout = std::chrono::milliseconds{100};
    return options;
  }

 private:
  void play(const std::string& greeting, Then then) const {
    const int client = ::accept(listener_, nullptr, nullptr);
    if (client < 0) return;
    char bytes[1024];
    bool open = ::read(client, bytes, sizeof bytes) > 0;
    if (open && !greeting.empty()) open = ::write(client, greeting.data(), greeting.size()) > 0;
    while (open && ::read(client, bytes, sizeof bytes) > 0 && then == Then::kStaySilent) {
    }
    ::close(client);
  }

  int listener_ = -1;
  std::string url_;
  std::jthread thread_;
};

TEST(Link, GivesUpAServerThatNeverGreets) {
  PlayedServer server({}, PlayedServer::Then::kStaySilent);
  const auto link = Link::open(server.options());
  EXPECT_EQ(link.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(error::message(link.status()), HasSubstr("no answer within 100 ms"));
  EXPECT_THAT(error::message(link.status()), HasSubstr("as user \"tester\""));
}

TEST(Link, GivesUpAServerThatFallsSilent) {
  PlayedServer server(kWelcome, PlayedServer::Then::kStaySilent);
  auto link = Link::open(server.options());
  ASSERT_TRUE(link.ok()) << link.status();
  (*link)->set_answer_timeout(std::chrono::milliseconds{20});

  const auto answer = (*link)->simple("SELECT 1");

  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(error::message(answer.status()), HasSubstr("no answer within 20 ms"));
  EXPECT_TRUE((*link)->broken());
  EXPECT_EQ((*link)->simple("SELECT 1").status().code(), absl::StatusCode::kUnavailable)
      << "a broken link stays broken";
}

TEST(Link, NoticesAServerThatHangsUp) {
  PlayedServer server(kWelcome, PlayedServer::Then::kHangUp);
  auto link = Link::open(server.options());
  ASSERT_TRUE(link.ok()) << link.status();

  const auto answer = (*link)->simple("SELECT 1");

  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE((*link)->broken());
}

TEST(Link, SaysThatTheServerHasNoRoom) {
  PlayedServer server("E\0\0\0\x2ESFATAL\0VFATAL\0C53300\0Mtoo many clients already\0\0"sv,
                      PlayedServer::Then::kHangUp);
  const auto link = Link::open(server.options());
  EXPECT_EQ(link.status().code(), absl::StatusCode::kResourceExhausted) << link.status();
  EXPECT_EQ(sqlstate(link.status()), "53300");
}

TEST(Link, NamesTheAddressNobodyListensAt) {
  ConnectionOptions options;
  options.url = "postgresql://127.0.0.1:1/db";
  const auto link = Link::open(options);
  EXPECT_EQ(link.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(error::message(link.status()), HasSubstr("127.0.0.1:1"));
}

TEST(Link, RefusesAUrlThatLibpqCannotRead) {
  ConnectionOptions options;
  options.url = "postgresql://epts:100%hunter2@127.0.0.1:1/db";
  const absl::Status status = Link::open(options).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << "waiting would not mend it";
  EXPECT_THAT(error::message(status), HasSubstr("cannot read database-url: not a libpq URL"));
  EXPECT_THAT(error::message(status), ::testing::Not(HasSubstr("hunter2")));
}

TEST(Link, OptionsOfTheUrlComeLastAndWin) {
  const std::chrono::milliseconds timeout{1500};
  EXPECT_EQ(startup_options(timeout, ""),
            "-c statement_timeout=1500 -c idle_in_transaction_session_timeout=11500"
            " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
            " -c timezone=UTC -c client_min_messages=warning");
  EXPECT_THAT(startup_options(timeout, "-c statement_timeout=1"),
              ::testing::EndsWith("client_min_messages=warning -c statement_timeout=1"));
}

TEST(Link, WithoutAStatementTimeoutATransactionMayBeIdle) {
  EXPECT_THAT(startup_options(std::chrono::milliseconds{0}, ""),
              ::testing::Not(HasSubstr("idle_in_transaction")));
}

}  // namespace
}  // namespace millrace::postgres
