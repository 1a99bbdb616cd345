// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "lib/bus/gather.h"
#include "lib/bus/jetstream_fixture.h"
#include "lib/bus/stored_message.h"
#include "lib/bus/streams.h"

namespace millrace::bus {
namespace {

TEST_F(JetStreamTest, AMessageInTheStreamCanBeReadWithoutTakingIt) {
  ASSERT_TRUE(ensure_stream().ok());
  auto publisher = make_publisher();
  const std::string payload("\0\xff{}", 4);
  ASSERT_TRUE(publish_and_wait(*publisher, payload).ok());
  const auto state = data_samples_state(*connection_);
  ASSERT_TRUE(state.ok()) << state.status();
  const auto message = stored_data_samples(*connection_, state->last_sequence);
  ASSERT_TRUE(message.ok()) << message.status();
  ASSERT_TRUE(message->has_value());
  EXPECT_EQ((*message)->payload, payload);
  EXPECT_TRUE((*message)->subject.starts_with("kaa.v1.events.")) << (*message)->subject;
  EXPECT_EQ((*message)->stored_at, *state->oldest);
  EXPECT_EQ(messages_in_stream(), 1);
}

TEST_F(JetStreamTest, WhereNoMessageIsNothingIsRead) {
  ASSERT_TRUE(ensure_stream().ok());
  const auto message = stored_data_samples(*connection_, 17);
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_FALSE(message->has_value());
}

TEST_F(JetStreamTest, AQuestionToAllIsAnsweredByEachOfThem) {
  std::vector<std::unique_ptr<Subscription>> responders;
  for (const char* name : {"a", "b"}) {
    auto responder = connection_->subscribe("who", "", [this, name](const Message& message) {
      EXPECT_TRUE(connection_->publish(std::string(message.reply_to), name).ok());
    });
    ASSERT_TRUE(responder.ok());
    responders.push_back(*std::move(responder));
  }
  const auto answers = gather(*connection_, "who", "", std::chrono::seconds{1}, outside_.clock);
  ASSERT_TRUE(answers.ok()) << answers.status();
  EXPECT_EQ(answers->size(), 2U);
  EXPECT_TRUE(gather(*connection_, "nobody", "", std::chrono::hours{1}, outside_.clock)->empty());
}

}  // namespace
}  // namespace millrace::bus
