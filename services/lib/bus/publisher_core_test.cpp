// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/publisher_core.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/bus/fake_wire.h"
#include "lib/error/error.h"

namespace millrace::bus {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr char kStored[] = R"({"stream":"S","seq":7})";
constexpr char kFull[] =
    R"({"error":{"code":503,"err_code":10077,"description":"maximum bytes exceeded"},"seq":0})";
constexpr char kNotReady[] =
    R"({"error":{"code":503,"err_code":10008,"description":"temporarily unavailable"},"seq":0})";
constexpr char kTooLarge[] =
    R"({"error":{"code":400,"err_code":10054,"description":"message size exceeds maximum"}})";

class PublisherCoreTest : public testing::Test {
 protected:
  absl::Status publish(const std::string& payload = "x") {
    return core_.publish("s.1", payload, std::nullopt,
                         [this](const absl::Status& status) { outcomes_.push_back(status); });
  }
  void answer(const Outgoing& message, std::string_view payload) {
    core_.on_delivery({message.reply_to, payload, kNoStatus});
  }
  void answer_no_responders(const Outgoing& message) {
    core_.on_delivery({message.reply_to, "", kNoResponders});
  }
  void pass(milliseconds time) {
    outside_.clock.advance(time);
    core_.tick();
  }
  double count(const std::string& outcome) {
    return outside_.metrics.counter("millrace_bus_publishes_total", "", {{"outcome", outcome}})
        .value();
  }

  std::vector<std::string> payloads_sent() {
    std::vector<std::string> payloads;
    for (const Outgoing& message : wire_.sent()) payloads.push_back(message.payload);
    return payloads;
  }

  FakeOutside outside_;
  FakeWire wire_{outside_.clock};
  PublisherCore core_{
      wire_, {milliseconds{2000}, milliseconds{20000}, 12}, "_INBOX.test", outside_.platform};
  std::vector<absl::Status> outcomes_;
};

TEST_F(PublisherCoreTest, SendsSubjectPayloadAnIdAndWhereToAnswer) {
  ASSERT_TRUE(publish("payload").ok());
  ASSERT_EQ(wire_.sent().size(), 1U);
  const Outgoing message = wire_.sent()[0];
  EXPECT_EQ(message.subject, "s.1");
  EXPECT_EQ(message.payload, "payload");
  EXPECT_EQ(message.reply_to, "_INBOX.test.1");
  EXPECT_FALSE(message.message_id.empty());
  EXPECT_FALSE(message.trace.has_value());
}

TEST_F(PublisherCoreTest, RepeatsAMessageWithItsTrace) {
  const auto trace =
      trace::TraceContext::parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  ASSERT_TRUE(core_.publish("s.1", "x", trace, [](const absl::Status&) {}).ok());
  pass(milliseconds{2001});
  ASSERT_EQ(wire_.sent().size(), 2U);
  for (const Outgoing& message : wire_.sent()) {
    EXPECT_EQ(trace::trace_id(message.trace), trace->trace_id());
  }
}

TEST_F(PublisherCoreTest, EveryMessageHasAnIdOfItsOwn) {
  ASSERT_TRUE(publish().ok());
  ASSERT_TRUE(publish().ok());
  EXPECT_NE(wire_.sent()[0].message_id, wire_.sent()[1].message_id);
  EXPECT_NE(wire_.sent()[0].reply_to, wire_.sent()[1].reply_to);
}

TEST_F(PublisherCoreTest, IsDoneWhenAcknowledged) {
  ASSERT_TRUE(publish().ok());
  EXPECT_EQ(core_.in_flight(), 1U);
  answer(wire_.sent()[0], kStored);
  EXPECT_THAT(outcomes_, testing::ElementsAre(absl::OkStatus()));
  EXPECT_EQ(core_.in_flight(), 0U);
  EXPECT_EQ(count("acknowledged"), 1);
}

TEST_F(PublisherCoreTest, ASecondAcknowledgementOfARepeatIsIgnored) {
  ASSERT_TRUE(publish().ok());
  answer(wire_.sent()[0], kStored);
  answer(wire_.sent()[0], R"({"stream":"S","seq":7,"duplicate":true})");
  EXPECT_EQ(outcomes_.size(), 1U);
}

TEST_F(PublisherCoreTest, ADuplicateCountsAsStored) {
  ASSERT_TRUE(publish().ok());
  answer(wire_.sent()[0], R"({"stream":"S","seq":7,"duplicate":true})");
  EXPECT_THAT(outcomes_, testing::ElementsAre(absl::OkStatus()));
  EXPECT_EQ(count("duplicate"), 1);
}

TEST_F(PublisherCoreTest, AFullStreamFailsAtOnce) {
  ASSERT_TRUE(publish().ok());
  answer(wire_.sent()[0], kFull);
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(count("stream_full"), 1);
}

TEST_F(PublisherCoreTest, AMessageTheStreamRefusesFailsAtOnce) {
  ASSERT_TRUE(publish().ok());
  answer(wire_.sent()[0], kTooLarge);
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(error::has_unknown_outcome(outcomes_[0]));
  EXPECT_EQ(count("refused"), 1);
}

TEST_F(PublisherCoreTest, ARefusalOfARepeatSaysNothingAboutTheFirstAttempt) {
  for (const char* refusal : {kFull, kTooLarge}) {
    ASSERT_TRUE(publish().ok());
    pass(milliseconds{2000});  // no answer: sent again
    answer(wire_.sent().back(), refusal);
  }
  EXPECT_EQ(wire_.sent().size(), 4U);
  ASSERT_EQ(outcomes_.size(), 2U);
  for (const absl::Status& outcome : outcomes_) {
    EXPECT_FALSE(outcome.ok());
    EXPECT_TRUE(error::has_unknown_outcome(outcome));
  }
}

TEST_F(PublisherCoreTest, SilenceIsAnsweredWithTheSameMessageAgain) {
  ASSERT_TRUE(publish().ok());
  pass(milliseconds{1999});
  EXPECT_EQ(wire_.sent().size(), 1U);
  pass(milliseconds{1});
  ASSERT_EQ(wire_.sent().size(), 2U);
  EXPECT_EQ(wire_.sent()[1].message_id, wire_.sent()[0].message_id);
  EXPECT_EQ(wire_.sent()[1].payload, wire_.sent()[0].payload);
  EXPECT_TRUE(outcomes_.empty());
}

TEST_F(PublisherCoreTest, WithoutAStreamTheMessageIsRepeatedSoonUntilThereIsOne) {
  ASSERT_TRUE(publish().ok());
  answer_no_responders(wire_.sent()[0]);
  EXPECT_TRUE(outcomes_.empty());
  pass(milliseconds{250});
  ASSERT_EQ(wire_.sent().size(), 2U);
  answer(wire_.sent()[1], kStored);
  EXPECT_THAT(outcomes_, testing::ElementsAre(absl::OkStatus()));
}

TEST_F(PublisherCoreTest, AServerThatIsNotReadyIsAskedAgainSoon) {
  ASSERT_TRUE(publish().ok());
  answer(wire_.sent()[0], kNotReady);
  pass(milliseconds{250});
  EXPECT_EQ(wire_.sent().size(), 2U);
}

TEST_F(PublisherCoreTest, WithoutAStreamUntilTheDeadlineItIsUnavailable) {
  ASSERT_TRUE(publish().ok());
  answer_no_responders(wire_.sent()[0]);
  pass(milliseconds{20000});
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(error::message(outcomes_[0]), HasSubstr("no stream"));
  EXPECT_EQ(count("unavailable"), 1);
}

TEST_F(PublisherCoreTest, SilenceUntilTheDeadlineIsDeadlineExceeded) {
  ASSERT_TRUE(publish().ok());
  pass(milliseconds{20000});
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(count("timed_out"), 1);
}

TEST_F(PublisherCoreTest, WithoutAConnectionAPublishWaitsAndGoesOutAfterTheReconnection) {
  wire_.set_connected(false);
  ASSERT_TRUE(publish().ok());
  EXPECT_TRUE(wire_.sent().empty());
  wire_.set_connected(true);
  core_.send_all_again();
  core_.tick();
  ASSERT_EQ(wire_.sent().size(), 1U);
  answer(wire_.sent()[0], kStored);
  EXPECT_THAT(outcomes_, testing::ElementsAre(absl::OkStatus()));
}

TEST_F(PublisherCoreTest, WithoutAConnectionUntilTheDeadlineItIsUnavailable) {
  wire_.set_connected(false);
  ASSERT_TRUE(publish().ok());
  pass(milliseconds{20000});
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(error::has_unknown_outcome(outcomes_[0]));
}

TEST_F(PublisherCoreTest, WhatWasSentAndNotAnsweredHasAnUnknownOutcomeAlsoWhenNatsIsAway) {
  ASSERT_TRUE(publish().ok());
  wire_.set_connected(false);
  pass(milliseconds{20000});
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_TRUE(error::has_unknown_outcome(outcomes_[0]));
  EXPECT_EQ(count("unavailable"), 1);
}

TEST_F(PublisherCoreTest, AfterAReconnectionEverythingInFlightIsSentAgainUnderItsIdInOrder) {
  for (const char* payload : {"a", "b", "c", "d", "e", "f"}) ASSERT_TRUE(publish(payload).ok());
  core_.send_all_again();
  core_.tick();
  EXPECT_THAT(payloads_sent(), testing::ElementsAre("a", "b", "c", "d", "e", "f",  //
                                                    "a", "b", "c", "d", "e", "f"));
  const auto sent = wire_.sent();
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(sent[i].message_id, sent[i + 6].message_id);
}

// The connection stands again, but the tick that sends what waits has not come yet.
TEST_F(PublisherCoreTest, APublishDoesNotOvertakeThoseThatCouldNotBeSent) {
  wire_.set_connected(false);
  ASSERT_TRUE(publish("a").ok());
  ASSERT_TRUE(publish("b").ok());
  wire_.set_connected(true);
  ASSERT_TRUE(publish("c").ok());
  core_.tick();
  ASSERT_TRUE(publish("d").ok());
  EXPECT_THAT(payloads_sent(), testing::ElementsAre("a", "b", "c", "d"));
}

TEST_F(PublisherCoreTest, AQueuedMessageThatCannotBeSentAtAllIsRefused) {
  wire_.set_connected(false);
  ASSERT_TRUE(publish("a").ok());
  wire_.set_connected(true);
  wire_.fail_sends_with(absl::InvalidArgumentError("payload too large"));
  core_.tick();
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(core_.in_flight(), 0U);
}

TEST_F(PublisherCoreTest, MoreThanTheBoundAreRefused) {
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(publish().ok());
  EXPECT_EQ(publish().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(outcomes_.empty());
}

TEST_F(PublisherCoreTest, AMessageThatCannotBeSentAtAllIsRefused) {
  wire_.fail_sends_with(absl::InvalidArgumentError("payload too large"));
  EXPECT_EQ(publish().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(core_.in_flight(), 0U);
  EXPECT_TRUE(outcomes_.empty());
  EXPECT_EQ(count("refused"), 1);
}

TEST_F(PublisherCoreTest, ClosingFailsWhatIsInFlight) {
  ASSERT_TRUE(publish().ok());
  core_.close();
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(core_.in_flight(), 0U);
}

TEST_F(PublisherCoreTest, DoneMayPublishTheNextMessage) {
  ASSERT_TRUE(core_
                  .publish("s.1", "first", std::nullopt,
                           [this](const absl::Status&) { EXPECT_TRUE(publish("second").ok()); })
                  .ok());
  answer(wire_.sent()[0], kStored);
  ASSERT_EQ(wire_.sent().size(), 2U);
  EXPECT_EQ(wire_.sent()[1].payload, "second");
}

TEST_F(PublisherCoreTest, AnswersToNobodyAreIgnored) {
  core_.on_delivery({"_INBOX.test.99", kStored, kNoStatus});
  core_.on_delivery({"_INBOX.test.x", kStored, kNoStatus});
  EXPECT_EQ(core_.in_flight(), 0U);
}

TEST_F(PublisherCoreTest, TakesTheIdOfTheCallerAndKeepsItWhenItRepeats) {
  ASSERT_TRUE(core_.publish_as("mine", "s.1", "x", std::nullopt, [](const absl::Status&) {}).ok());
  pass(milliseconds{2001});
  ASSERT_EQ(wire_.sent().size(), 2U);
  for (const Outgoing& message : wire_.sent()) EXPECT_EQ(message.message_id, "mine");
}

}  // namespace
}  // namespace millrace::bus
