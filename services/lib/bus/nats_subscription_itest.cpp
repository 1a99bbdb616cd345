// SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include <gtest/gtest.h>

#include "lib/bus/await.h"
#include "lib/bus/nats_server_process.h"
#include "lib/bus/nats_subscription.h"

namespace millrace::bus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SubscriptionTest : public testing::Test {
 protected:
  NatsServerProcess server_;
  RealOutside outside_;
  std::unique_ptr<Connection> connection_ = outside_.connect(server_.url());
  Wire& wire_ = **Wire::of(*connection_);
};

TEST_F(SubscriptionTest, ASubscriptionEndsWhileMessagesStreamIn) {
  for (int round = 0; round < 50; ++round) {
    auto counted = std::make_unique<std::atomic<int>>(0);
    auto subscription =
        connection_->subscribe("flood", "", [&counted](const Message&) { ++*counted; });
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(connection_->publish("flood", "x").ok());
    subscription->reset();
    counted.reset();  // a handler that still ran would touch it
  }
}

TEST_F(SubscriptionTest, OneThatOutlivesItsConnectionsServerStillEnds) {
  auto subscription = connection_->subscribe("a", "", [](const Message&) {});
  server_.kill();
  subscription->reset();
}

TEST_F(SubscriptionTest, AnInboxIsReadInTheOrderOfArrival) {
  auto inbox = *wire_.open_inbox("inbox.*");
  ASSERT_TRUE(wire_.send({"inbox.1", "first", "answer.here", ""}).ok());
  ASSERT_TRUE(wire_.send({"inbox.2", "second", "", "an-id"}).ok());
  const auto first = *inbox->next(seconds{30});
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->subject(), "inbox.1");
  EXPECT_EQ(first->payload(), "first");
  EXPECT_EQ(first->reply_to(), "answer.here");
  EXPECT_EQ(first->status(), kNoStatus);
  const auto second = *inbox->next(seconds{30});
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->payload(), "second");
  EXPECT_TRUE(second->reply_to().empty());
}

TEST_F(SubscriptionTest, AnInboxWithNothingInItGivesNothing) {
  auto inbox = *wire_.open_inbox("inbox");
  EXPECT_EQ(*inbox->next(milliseconds{1}), nullptr);
}

TEST_F(SubscriptionTest, AnInboxTellsThatNobodyServesARequest) {
  auto inbox = *wire_.open_inbox("inbox");
  ASSERT_TRUE(wire_.send({"nobody", "x", "inbox", ""}).ok());
  const auto answer = *inbox->next(seconds{30});
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(answer->status(), kNoResponders);
}

}  // namespace
}  // namespace millrace::bus
