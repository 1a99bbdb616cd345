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
  InFlightTable::Ticket put(const std::string& subject) {
    const auto ticket = table_.reserve();
    EXPECT_TRUE(ticket.has_value());
    auto message = std::make_shared<Outgoing>();
    message->subject = subject;
    table_.put(
        *ticket, std::move(message), [](const absl::Status&) {}, clock_.instant());
    return *ticket;
  }

  std::vector<std::string> sent_again() {
    std::vector<std::string> subjects;
    for (const auto& message : table_.due(clock_.instant()).send_again) {
      subjects.push_back(message->subject);
    }
    return subjects;
  }

  time::ManualClock clock_;
  InFlightTable table_{{milliseconds{2000}, milliseconds{20000}, 3}};
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
  put("a");
  put("b");
  const auto ticket = put("c");
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
  clock_.advance(milliseconds{20000});
  const auto due = table_.due(clock_.instant());
  ASSERT_EQ(due.failed.size(), 1U);
  EXPECT_THAT(due.send_again, testing::IsEmpty());
  EXPECT_EQ(due.failed[0].last_trouble.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(error::message(due.failed[0].last_trouble), testing::HasSubstr("'a'"));
  EXPECT_EQ(table_.size(), 0U);
}

TEST_F(InFlightTableTest, TheLastTroubleIsWhatADeadlineReports) {
  const auto ticket = put("a");
  table_.postpone(ticket, absl::UnavailableError("no stream"), clock_.instant());
  clock_.advance(milliseconds{20000});
  const auto due = table_.due(clock_.instant());
  ASSERT_EQ(due.failed.size(), 1U);
  EXPECT_EQ(due.failed[0].last_trouble.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(error::message(due.failed[0].last_trouble), testing::HasSubstr("no stream"));
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

TEST_F(InFlightTableTest, AfterAReconnectionEverythingIsSentAgainOnce) {
  put("a");
  put("b");
  table_.send_all_again();
  EXPECT_THAT(sent_again(), testing::UnorderedElementsAre("a", "b"));
  EXPECT_THAT(sent_again(), testing::IsEmpty());
}

TEST_F(InFlightTableTest, ClosingTakesEverythingOut) {
  put("a");
  put("b");
  EXPECT_EQ(table_.take_all().size(), 2U);
  EXPECT_EQ(table_.size(), 0U);
}

}  // namespace
}  // namespace millrace::bus
