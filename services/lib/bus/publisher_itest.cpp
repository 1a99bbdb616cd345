// SPDX-License-Identifier: Apache-2.0
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/bus/jetstream_fixture.h"
#include "lib/bus/publisher.h"
#include "lib/bus/wire.h"

namespace millrace::bus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

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
