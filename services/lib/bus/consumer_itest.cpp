// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include <gtest/gtest.h>

#include "lib/bus/consumer.h"
#include "lib/bus/jetstream_fixture.h"

namespace millrace::bus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(JetStreamTest, TheConsumerPullsWhatWasPublishedAndAckedMessagesAreGone) {
  ASSERT_TRUE(ensure_stream().ok());
  auto publisher = make_publisher();
  for (const char* payload : {"a", "b", "c"})
    ASSERT_TRUE(publish_and_wait(*publisher, payload).ok());
  auto consumer = make_consumer();
  EXPECT_EQ(*consumer->backlog_messages(), 3U);
  auto messages = *consumer->fetch({10, 8 << 20, seconds{5}});
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[0]->payload(), "a");
  EXPECT_EQ(messages[0]->subject(), subject());
  EXPECT_EQ(messages[0]->stream_sequence(), 1U);
  EXPECT_EQ(messages[0]->delivery_count(), 1U);
  EXPECT_EQ(messages[2]->stream_sequence(), 3U);
  messages[0]->ack();
  messages[1]->terminate();
  messages[2]->nak(milliseconds{1});
  auto again = *consumer->fetch({10, 8 << 20, seconds{5}});
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0]->payload(), "c");
  EXPECT_EQ(again[0]->delivery_count(), 2U);
  again[0]->ack();
  while (messages_in_stream() != 0) yield();
}

TEST_F(JetStreamTest, TheConsumerIsMadeWithNanosecondsWhereTheServerWantsThem) {
  ASSERT_TRUE(ensure_stream().ok());
  make_consumer({seconds{7}, 123});
  const auto config = config_of("CONSUMER.INFO.DATA_SAMPLES.epts");
  EXPECT_EQ(config["ack_wait"].GetInt64(), 7'000'000'000);
  EXPECT_EQ(config["max_ack_pending"].GetInt64(), 123);
  EXPECT_EQ(config["max_deliver"].GetInt64(), -1);
  make_consumer({seconds{9}, 456});
  EXPECT_EQ(config_of("CONSUMER.INFO.DATA_SAMPLES.epts")["ack_wait"].GetInt64(), 9'000'000'000);
}

TEST_F(JetStreamTest, AnUnacknowledgedMessageComesAgainAfterTheAckWait) {
  ASSERT_TRUE(ensure_stream().ok());
  auto publisher = make_publisher();
  ASSERT_TRUE(publish_and_wait(*publisher, "x").ok());
  auto consumer = make_consumer({milliseconds{200}, 100});
  ASSERT_EQ(consumer->fetch({10, 8 << 20, seconds{5}})->size(), 1U);
  const auto again = *consumer->fetch({10, 8 << 20, seconds{20}});
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0]->delivery_count(), 2U);
}

TEST_F(JetStreamTest, AFetchIsBoundedInMessages) {
  ASSERT_TRUE(ensure_stream().ok());
  auto publisher = make_publisher();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(publish_and_wait(*publisher, "x").ok());
  auto consumer = make_consumer();
  EXPECT_EQ(consumer->fetch({3, 8 << 20, seconds{5}})->size(), 3U);
  EXPECT_EQ(consumer->fetch({3, 8 << 20, seconds{5}})->size(), 2U);
}

TEST_F(JetStreamTest, AFetchIsBoundedInBytes) {
  ASSERT_TRUE(ensure_stream().ok());
  auto publisher = make_publisher();
  const std::string large(500'000, 'x');
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(publish_and_wait(*publisher, large).ok());
  auto consumer = make_consumer();
  const auto messages = *consumer->fetch({10, 1'200'000, seconds{5}});
  EXPECT_EQ(messages.size(), 2U);
  EXPECT_EQ(consumer->fetch({10, 8 << 20, seconds{5}})->size(), 3U);
}

TEST_F(JetStreamTest, AnIdleFetchReturnsWhenItsWaitIsOver) {
  ASSERT_TRUE(ensure_stream().ok());
  auto consumer = make_consumer();
  const auto messages = consumer->fetch({10, 8 << 20, milliseconds{100}});
  ASSERT_TRUE(messages.ok()) << messages.status();
  EXPECT_TRUE(messages->empty());
}

TEST_F(JetStreamTest, AMessageThatComesDuringAFetchEndsItsWait) {
  ASSERT_TRUE(ensure_stream().ok());
  auto consumer = make_consumer();
  auto publisher = make_publisher();
  const auto begun = outside_.clock.instant();
  std::jthread later([&] {
    while (connection_->request("$JS.API.CONSUMER.INFO.DATA_SAMPLES.epts", "", seconds{5})
               ->find(R"("num_waiting":1)") == std::string::npos) {
      yield();
    }
    EXPECT_TRUE(publish_and_wait(*publisher, "x").ok());
  });
  EXPECT_EQ(consumer->fetch({1000, 8 << 20, seconds{60}})->size(), 1U);
  EXPECT_LT(outside_.clock.instant() - begun, seconds{30});
}

TEST_F(JetStreamTest, AConsumerDeletedUnderAFetchIsUnavailableAndCanBeMadeAgain) {
  ASSERT_TRUE(ensure_stream().ok());
  auto consumer = make_consumer();
  ASSERT_TRUE(jetstream::ask(*connection_, "CONSUMER.DELETE.DATA_SAMPLES.epts", "").ok());
  EXPECT_TRUE(absl::IsUnavailable(consumer->fetch({10, 8 << 20, milliseconds{100}}).status()));
  consumer = make_consumer();
  EXPECT_TRUE(consumer->fetch({10, 8 << 20, milliseconds{100}}).ok());
}

TEST_F(JetStreamTest, AStreamDeletedUnderAFetchIsUnavailable) {
  ASSERT_TRUE(ensure_stream().ok());
  auto consumer = make_consumer();
  ASSERT_TRUE(jetstream::ask(*connection_, "STREAM.DELETE.DATA_SAMPLES", "").ok());
  EXPECT_TRUE(absl::IsUnavailable(consumer->fetch({10, 8 << 20, milliseconds{100}}).status()));
  EXPECT_TRUE(absl::IsUnavailable(Consumer::create(*connection_, {}, outside_.platform).status()));
}

TEST_F(JetStreamTest, TheConsumerSurvivesARestartOfTheServer) {
  ASSERT_TRUE(ensure_stream().ok());
  auto publisher = make_publisher();
  auto consumer = make_consumer();
  Box<int> reconnected;
  connection_->on_reconnect([&reconnected] { reconnected.put(1); });
  server_.kill();
  while (connection_->connected()) yield();
  EXPECT_TRUE(absl::IsUnavailable(consumer->fetch({10, 8 << 20, seconds{60}}).status()));
  server_.start();
  reconnected.take();
  ASSERT_TRUE(publish_and_wait(*publisher, "x").ok());
  std::size_t pulled = 0;
  while (pulled == 0) {
    const auto messages = consumer->fetch({10, 8 << 20, milliseconds{100}});
    if (messages.ok()) pulled = messages->size();
  }
  EXPECT_EQ(pulled, 1U);
}

}  // namespace
}  // namespace millrace::bus
