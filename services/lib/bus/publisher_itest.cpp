// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/bus/await.h"
#include "lib/bus/consumer.h"
#include "lib/bus/jetstream_api.h"
#include "lib/bus/nats_server_process.h"
#include "lib/bus/publisher.h"
#include "lib/bus/streams.h"
#include "lib/bus/subjects.h"
#include "lib/bus/wire.h"
#include "lib/error/error.h"

namespace millrace::bus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string& subject() {
  static const std::string kSubject = subjects::data_samples_received("itest", 0);
  return kSubject;
}

class JetStreamTest : public testing::Test {
 protected:
  absl::Status ensure_stream(const StreamOptions& options = {1 << 28, 1}) {
    return ensure_data_samples_stream(*connection_, options, outside_.platform, std::stop_token());
  }
  std::unique_ptr<Publisher> make_publisher(PublisherOptions options = {}) {
    auto publisher = Publisher::create(*connection_, options, outside_.platform);
    EXPECT_TRUE(publisher.ok()) << publisher.status();
    return *std::move(publisher);
  }
  std::unique_ptr<Consumer> make_consumer(ConsumerOptions options = {}) {
    while (true) {
      auto consumer = Consumer::create(*connection_, options, outside_.platform);
      if (consumer.ok()) return *std::move(consumer);
      EXPECT_TRUE(absl::IsUnavailable(consumer.status())) << consumer.status();
      yield();
    }
  }
  absl::Status publish_and_wait(Publisher& publisher, const std::string& payload) {
    Box<absl::Status> outcome;
    const absl::Status taken = publisher.publish(
        subject(), payload, [&outcome](const absl::Status& status) { outcome.put(status); });
    return taken.ok() ? outcome.take() : taken;
  }
  std::int64_t messages_in_stream() {
    const auto answer = jetstream::ask(*connection_, "STREAM.INFO.DATA_SAMPLES", "");
    EXPECT_TRUE(answer.ok());
    return jetstream::integer_of(answer->body["state"], "messages", -1);
  }
  rapidjson::Document config_of(const char* call) {
    auto answer = jetstream::ask(*connection_, call, "");
    EXPECT_TRUE(answer.ok() && answer->error.ok());
    rapidjson::Document config;
    config.CopyFrom(answer->body["config"], config.GetAllocator());
    return config;
  }

  NatsServerProcess server_;
  RealOutside outside_;
  std::unique_ptr<Connection> connection_ = outside_.connect(server_.url());
};

TEST_F(JetStreamTest, TheStreamIsMadeWithNanosecondsWhereTheServerWantsThem) {
  ASSERT_TRUE(ensure_stream().ok());
  const auto config = config_of("STREAM.INFO.DATA_SAMPLES");
  EXPECT_EQ(config["duplicate_window"].GetInt64(), 120'000'000'000);
  EXPECT_EQ(config["max_bytes"].GetInt64(), 1 << 28);
  EXPECT_STREQ(config["discard"].GetString(), "new");
  EXPECT_STREQ(config["retention"].GetString(), "workqueue");
}

TEST_F(JetStreamTest, AnExistingStreamIsBroughtInLine) {
  ASSERT_TRUE(ensure_stream().ok());
  ASSERT_TRUE(ensure_stream({1 << 20, 1, seconds{60}}).ok());
  const auto config = config_of("STREAM.INFO.DATA_SAMPLES");
  EXPECT_EQ(config["duplicate_window"].GetInt64(), 60'000'000'000);
  EXPECT_EQ(config["max_bytes"].GetInt64(), 1 << 20);
}

TEST_F(JetStreamTest, AStreamOfThatNameForSomethingElseIsAnError) {
  ASSERT_TRUE(jetstream::ask(*connection_, "STREAM.CREATE.DATA_SAMPLES",
                             R"({"name":"DATA_SAMPLES","subjects":["other"]})")
                  .ok());
  EXPECT_EQ(ensure_stream().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(JetStreamTest, APublishIsDoneWhenItIsInTheStream) {
  ASSERT_TRUE(ensure_stream().ok());
  auto publisher = make_publisher();
  EXPECT_TRUE(publish_and_wait(*publisher, "x").ok());
  EXPECT_EQ(messages_in_stream(), 1);
}

TEST_F(JetStreamTest, TheSameMessageIdTwiceIsStoredOnce) {
  ASSERT_TRUE(ensure_stream().ok());
  Wire* const wire = *Wire::of(*connection_);
  Box<std::string> answers;
  auto inbox = wire->receive("_INBOX.twice", [&answers](const Delivery& delivery) {
    answers.put(std::string(delivery.payload));
  });
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(wire->send({subject(), "x", "_INBOX.twice", "the-id"}).ok());
  }
  EXPECT_THAT(answers.take(), testing::Not(testing::HasSubstr("duplicate")));
  EXPECT_THAT(answers.take(), testing::HasSubstr("duplicate"));
  EXPECT_EQ(messages_in_stream(), 1);
}

TEST_F(JetStreamTest, AFullStreamRefusesAndKeepsWhatItHas) {
  ASSERT_TRUE(ensure_stream({10'000, 1}).ok());
  auto publisher = make_publisher();
  int stored = 0;
  absl::Status status;
  while ((status = publish_and_wait(*publisher, std::string(1000, 'x'))).ok()) ++stored;
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_GT(stored, 0);
  EXPECT_EQ(messages_in_stream(), stored);
}

TEST_F(JetStreamTest, APayloadAboveTheServersLimitIsRefused) {
  ASSERT_TRUE(ensure_stream().ok());
  auto publisher = make_publisher();
  EXPECT_EQ(publish_and_wait(*publisher, std::string(2 << 20, 'x')).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(JetStreamTest, WithoutAStreamAPublishIsUnavailableAfterItsDeadline) {
  auto publisher = make_publisher({milliseconds{100}, milliseconds{300}, 10});
  const absl::Status status = publish_and_wait(*publisher, "x");
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
}

TEST_F(JetStreamTest, APublishBeforeThereIsAStreamSucceedsOnceThereIs) {
  auto publisher = make_publisher();
  Box<absl::Status> outcome;
  ASSERT_TRUE(
      publisher->publish(subject(), "x", [&outcome](const auto& status) { outcome.put(status); })
          .ok());
  // The publish has been answered "no responders" before this answer comes.
  ASSERT_TRUE(absl::IsUnavailable(connection_->request("nobody", "", seconds{5}).status()));
  ASSERT_TRUE(ensure_stream().ok());
  EXPECT_TRUE(outcome.take().ok());
}

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

// Publishes `total` messages, as many in flight as the publisher takes, and kills the server each
// time another `between_kills` of them were acknowledged.
class KillTest : public JetStreamTest {
 protected:
  void publish_under_kills(int total, int between_kills) {
    auto publisher = make_publisher({milliseconds{500}, seconds{60}, 500});
    Box<int> acknowledged;
    int done = 0;
    int begun = 0;
    while (done < total) {
      while (begun < total && begun - done < 500) {
        const int number = begun++;
        const absl::Status taken = publisher->publish(
            subject(), std::to_string(number), [&acknowledged, number](const absl::Status& status) {
              EXPECT_TRUE(status.ok()) << status;
              acknowledged.put(number);
            });
        ASSERT_TRUE(taken.ok()) << taken;
      }
      acknowledged.take();
      if (++done % between_kills == 0 && done < total) {
        server_.kill();
        server_.start();
      }
    }
  }

  std::map<std::string, int> drain() {
    std::map<std::string, int> times;
    auto consumer = make_consumer();
    while (true) {
      const auto messages = consumer->fetch({1000, 8 << 20, milliseconds{200}});
      EXPECT_TRUE(messages.ok()) << messages.status();
      if (!messages.ok() || messages->empty()) return times;
      for (const auto& message : *messages) {
        ++times[std::string(message->payload())];
        message->ack();
      }
    }
  }
};

TEST_F(KillTest, EveryAcknowledgedMessageIsThereExactlyOnceWhateverTimesTheServerIsKilled) {
  constexpr int kTotal = 20'000;
  ASSERT_TRUE(ensure_stream().ok());
  ASSERT_NO_FATAL_FAILURE(publish_under_kills(kTotal, 4'000));
  const auto times = drain();
  EXPECT_EQ(times.size(), static_cast<std::size_t>(kTotal));
  for (const auto& [payload, count] : times) ASSERT_EQ(count, 1) << payload;
}

TEST_F(JetStreamTest, APublisherGoneWhileTheServerIsAwayLeavesNothingBehind) {
  ASSERT_TRUE(ensure_stream().ok());
  auto publisher = make_publisher();
  server_.kill();
  Box<absl::Status> outcome;
  ASSERT_TRUE(
      publisher->publish(subject(), "x", [&outcome](const auto& status) { outcome.put(status); })
          .ok());
  publisher.reset();
  EXPECT_EQ(outcome.take().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace millrace::bus
