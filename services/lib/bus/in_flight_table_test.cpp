// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/in_flight_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/error/error.h"

namespace millrace::bus {
namespace {

using std::chrono::milliseconds;

class InFlightTableTest : public testing::Test {
 protected:
  InFlightTable::Ticket put_unsent(const std::string& subject) {
    const auto ticket = table_.reserve();
    EXPECT_TRUE(ticket.has_value());
    auto message = std::make_shared<Outgoing>();
    message->subject = subject;
    table_.put(
        *ticket, std::move(message), [](const absl::Status&) {}, clock_.instant());
    return *ticket;
  }
  InFlightTable::Ticket put(const std::string& subject) {
    const auto ticket = put_unsent(subject);
    table_.sent(ticket, clock_.instant());
    return ticket;
  }

  // Sends what is due.
  std::vector<std::string> sent_again() {
    std::vector<std::string> subjects;
    for (const auto& repeat : table_.due(clock_.instant()).send) {
      subjects.push_back(repeat.message->subject);
      table_.sent(repeat.ticket, clock_.instant());
    }
    return subjects;
  }
  absl::Status failure_at_the_deadline() {
    clock_.advance(milliseconds{20000});
    const auto due = table_.due(clock_.instant());
    EXPECT_EQ(due.failed.size(), 1U);
    return due.failed.empty() ? absl::OkStatus() : due.failed[0].last_trouble;
  }

  time::ManualClock clock_;
  InFlightTable table_{{milliseconds{2000}, milliseconds{20000}, 12}};
};

TEST_F(InFlightTableTest, AnAcknowledgementTakesItsPublishOutOnce) {
  const auto ticket = put("a");
  const auto entry = table_.take(ticket);
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->message->subject, "a");
  EXPECT_FALSE(table_.take(ticket).has_value());
  EXPECT_EQ(table_.size(), 0U);
}

TEST_F(InFlightTableTest, NoMoreThanTheBoundAreTaken) {
  for (int i = 0; i < 11; ++i) put("a");
  const auto ticket = put("b");
  EXPECT_FALSE(table_.reserve().has_value());
  table_.take(ticket);
  EXPECT_TRUE(table_.reserve().has_value());
}

TEST_F(InFlightTableTest, ASilentPublishIsSentAgainEachTimeTheRetryTimePasses) {
  put("a");
  clock_.advance(milliseconds{1999});
  EXPECT_THAT(sent_again(), testing::IsEmpty());
  clock_.advance(milliseconds{1});
  EXPECT_THAT(sent_again(), testing::ElementsAre("a"));
  EXPECT_THAT(sent_again(), testing::IsEmpty());
  clock_.advance(milliseconds{2000});
  EXPECT_THAT(sent_again(), testing::ElementsAre("a"));
}

TEST_F(InFlightTableTest, SilenceUntilTheDeadlineFailsWithDeadlineExceeded) {
  put("a");
  const absl::Status failure = failure_at_the_deadline();
  EXPECT_EQ(failure.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(error::message(failure), testing::HasSubstr("'a'"));
  EXPECT_TRUE(error::has_unknown_outcome(failure));
  EXPECT_EQ(table_.size(), 0U);
}

TEST_F(InFlightTableTest, TheLastTroubleIsWhatADeadlineReports) {
  const auto ticket = put("a");
  table_.postpone(ticket, absl::UnavailableError("no stream"), clock_.instant());
  const absl::Status failure = failure_at_the_deadline();
  EXPECT_EQ(failure.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(error::message(failure), testing::HasSubstr("no stream"));
  EXPECT_FALSE(error::has_unknown_outcome(failure));
}

TEST_F(InFlightTableTest, WhatWasNeverSentIsNotInTheStream) {
  put_unsent("a");
  const absl::Status failure = failure_at_the_deadline();
  EXPECT_EQ(failure.code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(error::has_unknown_outcome(failure));
}

TEST_F(InFlightTableTest, OneAttemptWithoutAnAnswerMayBeInTheStream) {
  const auto ticket = put("a");
  table_.sent(ticket, clock_.instant());
  table_.postpone(ticket, absl::UnavailableError("no stream"), clock_.instant());
  EXPECT_TRUE(error::has_unknown_outcome(failure_at_the_deadline()));
}

TEST_F(InFlightTableTest, APostponedPublishIsSentAgainWhenItsPauseIsOver) {
  const auto ticket = put("a");
  table_.postpone(ticket, absl::UnavailableError("later"), clock_.instant() + milliseconds{250});
  EXPECT_THAT(sent_again(), testing::IsEmpty());
  clock_.advance(milliseconds{250});
  EXPECT_THAT(sent_again(), testing::ElementsAre("a"));
}

TEST_F(InFlightTableTest, PostponingWhatIsAcknowledgedDoesNothing) {
  const auto ticket = put("a");
  table_.take(ticket);
  table_.postpone(ticket, absl::UnavailableError("later"), clock_.instant());
  EXPECT_THAT(sent_again(), testing::IsEmpty());
}

TEST_F(InFlightTableTest, AfterAReconnectionEverythingIsSentAgainOnceAndInOrder) {
  const std::vector<std::string> subjects{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
  for (const std::string& subject : subjects) put(subject);
  table_.send_all_again();
  EXPECT_TRUE(table_.has_unsent());
  EXPECT_EQ(sent_again(), subjects);
  EXPECT_FALSE(table_.has_unsent());
  EXPECT_THAT(sent_again(), testing::IsEmpty());
}

TEST_F(InFlightTableTest, WhatCouldNotBeSentStaysDue) {
  table_.not_sent(put("a"));
  put_unsent("b");
  EXPECT_EQ(table_.due(clock_.instant()).send.size(), 2U);
  EXPECT_THAT(sent_again(), testing::ElementsAre("a", "b"));
}

TEST_F(InFlightTableTest, WhatIsTakenOutIsNotUnsentAnyMore) {
  table_.take(put_unsent("a"));
  EXPECT_FALSE(table_.has_unsent());
  put_unsent("b");
  EXPECT_FALSE(failure_at_the_deadline().ok());
  EXPECT_FALSE(table_.has_unsent());
}

TEST_F(InFlightTableTest, ClosingTakesEverythingOut) {
  put("a");
  put("b");
  EXPECT_EQ(table_.take_all().size(), 2U);
  EXPECT_EQ(table_.size(), 0U);
}

}  // namespace
}  // namespace millrace::bus
