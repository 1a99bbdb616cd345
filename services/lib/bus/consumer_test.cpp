// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/consumer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/bus/fake_wire.h"
#include "lib/error/error.h"

namespace millrace::bus {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr char kInfo[] = "$JS.API.CONSUMER.INFO.DATA_SAMPLES.epts";
constexpr char kCreate[] = "$JS.API.CONSUMER.DURABLE.CREATE.DATA_SAMPLES.epts";
constexpr char kInLine[] =
    R"({"num_pending":12,"config":{"ack_policy":"explicit","ack_wait":30000000000,)"
    R"("max_deliver":-1,"max_ack_pending":10000}})";
constexpr char kNoConsumer[] =
    R"({"error":{"code":404,"err_code":10014,"description":"consumer not found"}})";
constexpr char kNoStream[] =
    R"({"error":{"code":404,"err_code":10059,"description":"stream not found"}})";

class ConsumerTest : public testing::Test {
 protected:
  void SetUp() override {
    wire_.answer_request(kInfo, std::string(kInLine));
    auto consumer = Consumer::create(wire_, {}, outside_.platform);
    ASSERT_TRUE(consumer.ok()) << consumer.status();
    consumer_ = *std::move(consumer);
  }

  void put_message(std::uint64_t sequence, const std::string& payload = "x") {
    wire_.put_into_inbox({"kaa.v1", payload,
                          "$JS.ACK.DATA_SAMPLES.epts.2." + std::to_string(sequence) + ".9.1.0",
                          kNoStatus, ""});
  }
  // The end of the `request`th request, as the server says it.
  void put_status(int request, int status, const std::string& text) {
    wire_.on_send([this, request, status, text](const Outgoing& sent) {
      if (sent.reply_to.ends_with("." + std::to_string(request))) {
        wire_.put_into_inbox({sent.reply_to, "", "", status, text});
      }
    });
  }
  auto fetch(int messages = 10) {
    return consumer_->fetch({messages, 8 << 20, milliseconds{1000}});
  }

  FakeOutside outside_;
  FakeWire wire_{outside_.clock};
  std::unique_ptr<Consumer> consumer_;
};

TEST_F(ConsumerTest, AsksForAsManyAsWantedUntilDrained) {
  put_status(1, kRequestTimeout, "Request Timeout");
  ASSERT_TRUE(fetch().ok());
  ASSERT_EQ(wire_.sent().size(), 1U);
  EXPECT_EQ(wire_.sent()[0].subject, "$JS.API.CONSUMER.MSG.NEXT.DATA_SAMPLES.epts");
  EXPECT_EQ(wire_.sent()[0].payload,
            R"({"batch":10,"expires":1000000000,"max_bytes":8388608,"no_wait":true})");
}

TEST_F(ConsumerTest, GivesWhatCameBeforeTheEndOfTheRequest) {
  put_message(41, "a");
  put_message(42, "b");
  put_status(1, kRequestTimeout, "Request Timeout");
  const auto messages = fetch();
  ASSERT_TRUE(messages.ok());
  ASSERT_EQ(messages->size(), 2U);
  EXPECT_EQ((*messages)[0]->payload(), "a");
  EXPECT_EQ((*messages)[0]->subject(), "kaa.v1");
  EXPECT_EQ((*messages)[0]->stream_sequence(), 41U);
  EXPECT_EQ((*messages)[1]->stream_sequence(), 42U);
  EXPECT_EQ((*messages)[1]->delivery_count(), 2U);
}

TEST_F(ConsumerTest, AFullBatchEndsWithoutAStatus) {
  put_message(1);
  put_message(2);
  put_message(3);
  EXPECT_EQ(fetch(2)->size(), 2U);
}

TEST_F(ConsumerTest, NothingWithinTheWaitIsAnEmptyBatch) {
  put_status(1, kRequestTimeout, "Request Timeout");
  const auto messages = fetch();
  ASSERT_TRUE(messages.ok());
  EXPECT_TRUE(messages->empty());
}

TEST_F(ConsumerTest, TheLimitOfBytesIsNeverBelowTheLargestMessage) {
  put_status(1, kRequestTimeout, "Request Timeout");
  ASSERT_TRUE(consumer_->fetch({10, 100, milliseconds{1000}}).ok());
  EXPECT_THAT(wire_.sent()[0].payload, HasSubstr(R"("max_bytes":1114112)"));
}

TEST_F(ConsumerTest, ABatchThatFillsTheBytesEnds) {
  put_message(1);
  put_status(1, kConflict, "Message Size Exceeds MaxBytes");
  EXPECT_EQ(fetch()->size(), 1U);
}

TEST_F(ConsumerTest, AMessageAboveEveryLimitIsTakenAlone) {
  put_status(1, kConflict, "Message Size Exceeds MaxBytes");
  wire_.answer_request(kInfo, std::string(kInLine));
  ASSERT_TRUE(fetch().ok());
  ASSERT_EQ(wire_.sent().size(), 2U);
  EXPECT_THAT(wire_.sent()[1].payload, HasSubstr(R"("batch":1,)"));
  EXPECT_THAT(wire_.sent()[1].payload, testing::Not(HasSubstr("max_bytes")));
}

TEST_F(ConsumerTest, AServerThatAnswersAtOnceWithNothingIsAskedToWaitForOne) {
  put_status(1, kNoMessages, "No Messages");
  wire_.answer_request(kInfo, std::string(kInLine));
  ASSERT_TRUE(fetch().ok());
  ASSERT_EQ(wire_.sent().size(), 2U);
  EXPECT_EQ(wire_.sent()[1].payload, R"({"batch":1,"expires":1000000000})");
}

TEST_F(ConsumerTest, ADeletedConsumerIsUnavailable) {
  put_status(1, kConflict, "Consumer Deleted");
  const auto messages = fetch();
  EXPECT_TRUE(absl::IsUnavailable(messages.status()));
  EXPECT_THAT(error::message(messages.status()), HasSubstr("Consumer Deleted"));
}

TEST_F(ConsumerTest, AConsumerNobodyServesIsUnavailable) {
  wire_.put_into_inbox({"", "", "", kNoResponders, "No Responders"});
  EXPECT_TRUE(absl::IsUnavailable(fetch().status()));
}

TEST_F(ConsumerTest, WhatWasPulledBeforeTheTroubleIsHandedOut) {
  put_message(1);
  put_status(1, kConflict, "Consumer Deleted");
  EXPECT_EQ(fetch()->size(), 1U);
}

TEST_F(ConsumerTest, SilenceOfAConsumerThatIsGoneIsUnavailable) {
  wire_.answer_request(kInfo, std::string(kNoConsumer));
  EXPECT_TRUE(absl::IsUnavailable(fetch().status()));
}

TEST_F(ConsumerTest, SilenceOfAConsumerThatIsThereIsAnEmptyBatch) {
  wire_.answer_request(kInfo, std::string(kInLine));
  ASSERT_TRUE(fetch().ok());
}

TEST_F(ConsumerTest, WithoutAConnectionItIsUnavailableAtOnce) {
  wire_.set_connected(false);
  EXPECT_TRUE(absl::IsUnavailable(fetch().status()));
}

TEST_F(ConsumerTest, AReconnectionMeansThatTheRequestMayBeLost) {
  wire_.on_send([this](const Outgoing&) { wire_.reconnect(); });
  const auto before = outside_.clock.instant();
  EXPECT_TRUE(absl::IsUnavailable(fetch().status()));
  EXPECT_LT(outside_.clock.instant() - before, milliseconds{1000});
}

TEST_F(ConsumerTest, TheEndOfAnEarlierRequestDoesNotEndThisOne) {
  wire_.put_into_inbox({"_INBOX.other.0", "", "", kConflict, "Consumer Deleted"});
  put_message(1);
  put_status(1, kRequestTimeout, "Request Timeout");
  EXPECT_EQ(fetch()->size(), 1U);
}

TEST_F(ConsumerTest, EveryAnswerToAMessageGoesToItsAckSubject) {
  put_message(41);
  put_status(1, kRequestTimeout, "Request Timeout");
  auto messages = *fetch();
  messages[0]->in_progress();
  messages[0]->nak(milliseconds{100});
  messages[0]->terminate();
  messages[0]->ack();
  const std::string subject = "$JS.ACK.DATA_SAMPLES.epts.2.41.9.1.0";
  using Words = std::pair<std::string, std::string>;
  EXPECT_THAT(
      wire_.published(),
      testing::ElementsAre(Words(subject, "+WPI"), Words(subject, R"(-NAK {"delay": 100000000})"),
                           Words(subject, "+TERM"), Words(subject, "+ACK")));
}

TEST_F(ConsumerTest, AnAcknowledgementWithoutAConnectionIsCountedAsLost) {
  put_message(41);
  put_status(1, kRequestTimeout, "Request Timeout");
  auto messages = *fetch();
  wire_.set_connected(false);
  messages[0]->ack();
  EXPECT_EQ(outside_.metrics.counter("millrace_bus_lost_acknowledgements_total", "").value(), 1);
}

TEST_F(ConsumerTest, TheBacklogIsWhatNobodyGotYet) {
  wire_.answer_request(kInfo, std::string(kInLine));
  EXPECT_EQ(*consumer_->backlog_messages(), 12U);
}

TEST(ConsumerCreate, AMissingConsumerIsMade) {
  FakeOutside outside;
  FakeWire wire(outside.clock);
  wire.answer_request(kInfo, std::string(kNoConsumer));
  wire.answer_request(kCreate, std::string("{}"));
  EXPECT_TRUE(Consumer::create(wire, {}, outside.platform).ok());
}

TEST(ConsumerCreate, AMissingStreamIsUnavailable) {
  FakeOutside outside;
  FakeWire wire(outside.clock);
  wire.answer_request(kInfo, std::string(kNoStream));
  EXPECT_TRUE(absl::IsUnavailable(Consumer::create(wire, {}, outside.platform).status()));
}

TEST(ConsumerCreate, AConsumerThatDiffersIsChanged) {
  FakeOutside outside;
  FakeWire wire(outside.clock);
  wire.answer_request(kInfo, std::string(kInLine));
  wire.answer_request(kCreate, std::string("{}"));
  ConsumerOptions options;
  options.ack_wait = milliseconds{5000};
  EXPECT_TRUE(Consumer::create(wire, options, outside.platform).ok());
  EXPECT_EQ(wire.requests().size(), 2U);
}

TEST(ConsumerCreate, JetStreamAwayIsUnavailable) {
  FakeOutside outside;
  FakeWire wire(outside.clock);
  EXPECT_TRUE(absl::IsUnavailable(Consumer::create(wire, {}, outside.platform).status()));
}

}  // namespace
}  // namespace millrace::bus
