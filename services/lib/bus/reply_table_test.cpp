// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/reply_table.h"

#include <gtest/gtest.h>

namespace millrace::bus {
namespace {

using std::chrono::milliseconds;

class ReplyTableTest : public testing::Test {
 protected:
  std::optional<ReplyTable::Ticket> add(const std::string& subject, milliseconds timeout) {
    ReplyTable::Entry entry{subject, [](absl::StatusOr<std::string>) {},
                            clock_.instant() + timeout};
    return table_.add(entry);
  }

  time::ManualClock clock_;
  ReplyTable table_{2};
};

TEST_F(ReplyTableTest, AnAnswerTakesItsRequestOutOnce) {
  const auto ticket = add("a", milliseconds{100});
  ASSERT_TRUE(ticket.has_value());
  EXPECT_EQ(table_.take(*ticket)->subject, "a");
  EXPECT_FALSE(table_.take(*ticket).has_value());
}

TEST_F(ReplyTableTest, WhenFullAnEntryIsRefusedAndLeftAlone) {
  add("a", milliseconds{100});
  add("b", milliseconds{100});
  ReplyTable::Entry entry{"c", [](absl::StatusOr<std::string>) {}, clock_.instant()};
  EXPECT_FALSE(table_.add(entry).has_value());
  EXPECT_EQ(entry.subject, "c");
  EXPECT_TRUE(static_cast<bool>(entry.done));
}

TEST_F(ReplyTableTest, EachRequestHasATimeOutOfItsOwn) {
  add("slow", milliseconds{1000});
  add("quick", milliseconds{100});
  clock_.advance(milliseconds{100});
  const auto expired = table_.take_expired(clock_.instant());
  ASSERT_EQ(expired.size(), 1U);
  EXPECT_EQ(expired[0].subject, "quick");
  EXPECT_EQ(table_.size(), 1U);
}

TEST_F(ReplyTableTest, ClosingTakesEverythingOut) {
  add("a", milliseconds{100});
  add("b", milliseconds{100});
  EXPECT_EQ(table_.take_all().size(), 2U);
  EXPECT_EQ(table_.size(), 0U);
}

TEST(TicketOf, IsTheLastTokenOfTheReplySubject) {
  EXPECT_EQ(ticket_of("_INBOX.abc.17"), 17U);
  EXPECT_EQ(ticket_of("_INBOX.abc.18446744073709551615"), 18446744073709551615ULL);
}

TEST(TicketOf, IsNothingWhenTheSubjectIsNotOurs) {
  for (const char* subject : {"", "17", "_INBOX.abc.", "_INBOX.abc.x", "_INBOX.abc.1x",
                              "_INBOX.abc.-1", "_INBOX.abc.18446744073709551616"}) {
    EXPECT_FALSE(ticket_of(subject).has_value()) << subject;
  }
}

}  // namespace
}  // namespace millrace::bus
