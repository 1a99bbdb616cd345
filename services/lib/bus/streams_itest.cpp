// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>

#include "lib/bus/jetstream_fixture.h"
#include "lib/bus/streams.h"

namespace millrace::bus {
namespace {

using std::chrono::seconds;

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

TEST_F(JetStreamTest, TheStreamTellsWhatWaitsAndWhatIsAtWork) {
  ASSERT_TRUE(ensure_stream().ok());
  auto publisher = make_publisher();
  const std::string payload(1000, 'x');
  const auto before = outside_.clock.now();
  ASSERT_TRUE(publish_and_wait(*publisher, payload).ok());
  const auto after = outside_.clock.now();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(publish_and_wait(*publisher, payload).ok());
  auto consumer = make_consumer();
  const auto at_work = *consumer->fetch({1, 8 << 20, seconds{5}});
  ASSERT_EQ(at_work.size(), 1U);
  const auto state = data_samples_state(*connection_);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(state->messages, 3);
  EXPECT_GT(state->bytes, 3000);
  EXPECT_LT(state->bytes, 4000);
  EXPECT_EQ(state->max_bytes, 1 << 28);
  ASSERT_TRUE(state->oldest.has_value());
  EXPECT_GE(*state->oldest, before);
  EXPECT_LE(*state->oldest, after);
  const auto info = jetstream::ask(*connection_, "STREAM.INFO.DATA_SAMPLES", "");
  EXPECT_EQ(state->bytes, jetstream::integer_of(info->body["state"], "bytes", -1));
}

TEST_F(JetStreamTest, ADrainedStreamHoldsNothing) {
  ASSERT_TRUE(ensure_stream().ok());
  auto publisher = make_publisher();
  ASSERT_TRUE(publish_and_wait(*publisher, "x").ok());
  auto consumer = make_consumer();
  const auto messages = *consumer->fetch({1, 8 << 20, seconds{5}});
  ASSERT_EQ(messages.size(), 1U);
  messages[0]->ack();
  while (messages_in_stream() != 0) yield();
  const auto state = data_samples_state(*connection_);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(state->bytes, 0);
  EXPECT_EQ(state->oldest, std::nullopt);
}

// Alerts compare the two: a full stream must come near to its bound.
TEST_F(JetStreamTest, AFullStreamHoldsNearlyWhatItMay) {
  ASSERT_TRUE(ensure_stream({1 << 20, 1, seconds{60}}).ok());
  auto publisher = make_publisher();
  absl::Status taken;
  while (taken.ok()) taken = publish_and_wait(*publisher, std::string(1000, 'x'));
  EXPECT_TRUE(absl::IsResourceExhausted(taken)) << taken;
  const auto state = data_samples_state(*connection_);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_GT(state->bytes, (1 << 20) - 2000);
  EXPECT_LE(state->bytes, 1 << 20);
}

TEST_F(JetStreamTest, AStreamThatIsGoneCannotTell) {
  EXPECT_TRUE(absl::IsUnavailable(data_samples_state(*connection_).status()));
}

}  // namespace
}  // namespace millrace::bus
