// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/mailbox.h"

#include <thread>

#include <gtest/gtest.h>

namespace millrace::mqtt_receiver {
namespace {

TEST(MailboxTest, ManyPiecesCostOneWakeUp) {
  int wakes = 0;
  Mailbox box([&] { ++wakes; });
  for (std::uint64_t i = 1; i <= 5; ++i) box.put_receipt({7, i, {}});
  box.put_revoked_token(3);
  box.put_taken_over(9);
  EXPECT_EQ(wakes, 1);

  Mail mail;
  box.take(mail);
  ASSERT_EQ(mail.receipts.size(), 5U);
  EXPECT_EQ(mail.receipts[4].upload_id, 5U);
  EXPECT_EQ(mail.revoked_tokens, std::vector<std::int64_t>{3});
  EXPECT_EQ(mail.taken_over, std::vector<ConnectionId>{9});

  box.put_taken_over(10);
  EXPECT_EQ(wakes, 2);
}

TEST(MailboxTest, InAWakeScopeItsReaderWakesWhenAllIsThere) {
  std::size_t receipts_at_wake = 0;
  Mail mail;
  Mailbox box([&] {
    box.take(mail);
    receipts_at_wake = mail.receipts.size();
  });
  {
    const concurrency::WakeScope scope;
    for (std::uint64_t i = 1; i <= 5; ++i) box.put_receipt({7, i, {}});
    EXPECT_EQ(receipts_at_wake, 0U);
  }
  EXPECT_EQ(receipts_at_wake, 5U);
}

TEST(MailboxTest, OfRulesTheNewestCount) {
  int wakes = 0;
  Mailbox box([&] { ++wakes; });
  box.put_checked({7, {}, {}});
  box.put_revoked_credentials(3);
  registry_client::AuthenticationRules rules;
  box.put_rules(rules);
  rules.by_transport[0].password = true;
  box.put_rules(rules);
  EXPECT_EQ(wakes, 1);

  Mail mail;
  box.take(mail);
  ASSERT_EQ(mail.checked.size(), 1U);
  EXPECT_EQ(mail.checked[0].connection, 7U);
  EXPECT_EQ(mail.revoked_credentials, std::vector<std::int64_t>{3});
  EXPECT_EQ(mail.rules, rules);
  mail.clear();
  EXPECT_TRUE(mail.empty());
}

TEST(MailboxTest, NothingIsLostBetweenThreads) {
  std::atomic<int> wakes{0};
  Mailbox box([&] { ++wakes; });
  constexpr std::uint64_t kEach = 2000;
  std::size_t received = 0;
  {
    std::jthread a([&] {
      for (std::uint64_t i = 0; i < kEach; ++i) box.put_receipt({1, i, {}});
    });
    std::jthread b([&] {
      for (std::uint64_t i = 0; i < kEach; ++i) box.put_receipt({2, i, {}});
    });
    Mail mail;
    while (received < 2 * kEach) {
      box.take(mail);
      received += mail.receipts.size();
      mail.clear();
    }
  }
  EXPECT_EQ(received, 2 * kEach);
  EXPECT_GE(wakes, 1);
}

}  // namespace
}  // namespace millrace::mqtt_receiver
