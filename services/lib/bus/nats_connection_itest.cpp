// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/bus/await.h"
#include "lib/bus/connection.h"
#include "lib/bus/nats_server_process.h"
#include "lib/error/error.h"

namespace millrace::bus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ConnectionTest : public testing::Test {
 protected:
  NatsServerProcess server_;
  RealOutside outside_;
  std::unique_ptr<Connection> connection_ = outside_.connect(server_.url());
};

TEST_F(ConnectionTest, ASubscriberGetsWhatIsPublished) {
  Box<std::string> got;
  auto subscription = connection_->subscribe("a.*", "", [&got](const Message& message) {
    got.put(std::string(message.subject) + "=" + std::string(message.payload));
  });
  ASSERT_TRUE(subscription.ok());
  ASSERT_TRUE(connection_->publish("a.b", "hello").ok());
  EXPECT_EQ(got.take(), "a.b=hello");
}

TEST_F(ConnectionTest, OfAQueueGroupOneSubscriberGetsEachMessage) {
  Box<int> got;
  const auto handler = [&got](const Message&) { got.put(1); };
  auto first = connection_->subscribe("q", "group", handler);
  auto second = connection_->subscribe("q", "group", handler);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(connection_->publish("q", "x").ok());
  for (int i = 0; i < 100; ++i) got.take();
  // Answered after everything before it was handed out.
  EXPECT_TRUE(absl::IsUnavailable(connection_->request("nobody", "", seconds{5}).status()));
  EXPECT_EQ(got.size(), 0U);
}

TEST_F(ConnectionTest, ARequestGetsItsAnswer) {
  auto responder = connection_->subscribe("echo", "", [this](const Message& message) {
    EXPECT_TRUE(connection_->publish(std::string(message.reply_to), message.payload).ok());
  });
  const auto answer = connection_->request("echo", "hello", seconds{5});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(*answer, "hello");
}

TEST_F(ConnectionTest, ARequestNobodyServesIsUnavailableAtOnce) {
  const auto begun = outside_.clock.instant();
  const auto answer = connection_->request("nobody", "", seconds{60});
  EXPECT_TRUE(absl::IsUnavailable(answer.status()));
  EXPECT_LT(outside_.clock.instant() - begun, seconds{30});
}

TEST_F(ConnectionTest, ARequestThatIsNotAnsweredTimesOut) {
  auto silent = connection_->subscribe("silent", "", [](const Message&) {});
  EXPECT_EQ(connection_->request("silent", "", milliseconds{50}).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST_F(ConnectionTest, ManyRequestsAtOnceEachGetTheirOwnAnswer) {
  auto responder = connection_->subscribe("echo", "", [this](const Message& message) {
    EXPECT_TRUE(connection_->publish(std::string(message.reply_to), message.payload).ok());
  });
  Box<bool> right;
  for (int i = 0; i < 1000; ++i) {
    connection_->request_async("echo", std::to_string(i), seconds{30},
                               [&right, i](const absl::StatusOr<std::string>& answer) {
                                 right.put(answer.ok() && *answer == std::to_string(i));
                               });
  }
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(right.take());
}

TEST_F(ConnectionTest, APayloadAboveTheServersLimitIsRefused) {
  EXPECT_EQ(connection_->max_payload_bytes(), 1U << 20);
  EXPECT_EQ(connection_->publish("a", std::string((1 << 20) + 1, 'x')).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(ConnectionTest, AfterAKillItIsUnavailableThenConnectedAgainAndSaysSo) {
  Box<int> reconnected;
  Box<std::string> got;
  connection_->on_reconnect([&reconnected] { reconnected.put(1); });
  auto subscription = connection_->subscribe(
      "a", "", [&got](const Message& message) { got.put(std::string(message.payload)); });
  server_.kill();
  while (connection_->connected()) yield();
  while (outside_.readiness.ready()) yield();  // told a moment after connected()
  EXPECT_TRUE(absl::IsUnavailable(connection_->publish("a", "lost")));
  EXPECT_TRUE(absl::IsUnavailable(connection_->request("a", "", seconds{60}).status()));
  server_.start();
  reconnected.take();
  EXPECT_TRUE(connection_->connected());
  EXPECT_TRUE(outside_.readiness.ready());
  ASSERT_TRUE(connection_->publish("a", "found").ok());
  EXPECT_EQ(got.take(), "found");
}

TEST_F(ConnectionTest, ARequestUnderWayWhenTheServerDiesIsUnavailableAtOnce) {
  auto silent = connection_->subscribe("silent", "", [](const Message&) {});
  Box<absl::StatusOr<std::string>> answer;
  connection_->request_async("silent", "", seconds{60},
                             [&answer](auto value) { answer.put(std::move(value)); });
  server_.kill();
  EXPECT_TRUE(absl::IsUnavailable(answer.take().status()));
}

TEST_F(ConnectionTest, ClosingCancelsRequestsAndWaitsForHandlers) {
  auto silent = connection_->subscribe("silent", "", [](const Message&) {});
  Box<absl::StatusOr<std::string>> answer;
  connection_->request_async("silent", "", seconds{60},
                             [&answer](auto value) { answer.put(std::move(value)); });
  silent->reset();
  connection_.reset();
  EXPECT_EQ(answer.take().status().code(), absl::StatusCode::kCancelled);
}

TEST_F(ConnectionTest, AServerThatHangsWithItsSocketsOpenIsFoundOut) {
  server_.suspend();
  while (connection_->connected()) yield();
  while (outside_.readiness.ready()) yield();
  Box<int> reconnected;
  connection_->on_reconnect([&reconnected] { reconnected.put(1); });
  server_.resume();
  reconnected.take();
  EXPECT_TRUE(connection_->connected());
}

TEST(ConnectionWithoutServer, ConnectingWaitsUntilStopped) {
  std::string url;
  { url = NatsServerProcess().url(); }
  RealOutside outside;
  std::stop_source stop;
  std::jthread stopper([&stop, &outside] {
    while (outside.readiness.to_json().find("cannot connect") == std::string::npos) yield();
    stop.request_stop();
  });
  const auto connection =
      Connection::connect({url, "itest", false}, outside.platform, stop.get_token());
  EXPECT_EQ(connection.status().code(), absl::StatusCode::kCancelled);
}

TEST(ConnectionWithoutServer, ConnectsAsSoonAsThereIsAServer) {
  NatsServerProcess server;
  server.kill();
  RealOutside outside;
  std::jthread starter([&server, &outside] {
    while (outside.readiness.to_json().find("cannot connect") == std::string::npos) yield();
    server.start();
  });
  EXPECT_TRUE(outside.connect(server.url())->connected());
}

TEST(ConnectionWithAWrongToken, IsRefusedAndTheTokenIsNotShown) {
  const NatsServerProcess server;
  const std::string url = "nats://hunter2" + server.url().substr(server.url().find('@'));
  RealOutside outside;
  std::stop_source stop;
  std::jthread stopper([&stop, &outside] {
    while (outside.readiness.to_json().find("uthorization") == std::string::npos) yield();
    stop.request_stop();
  });
  const auto connection =
      Connection::connect({url, "itest", false}, outside.platform, stop.get_token());
  EXPECT_EQ(connection.status().code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(outside.readiness.to_json(), testing::Not(testing::HasSubstr("hunter2")));
}

TEST(ConnectionWithoutServer, AnAddressThatIsNoneIsAnErrorAtOnce) {
  RealOutside outside;
  const auto connection =
      Connection::connect({"", "itest", false}, outside.platform, std::stop_token());
  EXPECT_EQ(connection.status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace millrace::bus
