// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "lib/error/error.h"
#include "lib/time_series/itest_database.h"
#include "lib/time_series/ledger.h"
#include "lib/time_series/message_ends.h"

namespace millrace::time_series {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class MessageEndsTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto begun = begin_epoch_if_new(*connection_, []() -> absl::StatusOr<StreamPosition> {
      StreamPosition stream;
      stream.created = testing::UnitTest::GetInstance()->current_test_info()->name();
      return stream;
    });
    ASSERT_TRUE(begun.ok() && *begun) << begun.status();
  }
  std::vector<bool> write(const std::vector<MessageEnd>& ends) {
    const auto is_new = write_message_ends(*connection_, ends);
    EXPECT_TRUE(is_new.ok()) << is_new.status();
    return is_new.value_or(std::vector<bool>{});
  }

  std::unique_ptr<postgres::Connection> connection_ = itest_connect();
};

TEST_F(MessageEndsTest, TellsByMessageWhichAreNewInWhateverOrder) {
  EXPECT_THAT(write({}), IsEmpty());
  EXPECT_THAT(write({{7, 1, 0, 0, 0, false}}), ElementsAre(true));
  EXPECT_THAT(write({{9, 1, 0, 0, 0, false}, {7, 1, 0, 0, 0, false}, {8, 0, 2, 3, 4, true}}),
              ElementsAre(true, false, true));
  const auto ledger = read_ledger(*connection_);
  ASSERT_TRUE(ledger.ok() && ledger->has_value()) << ledger.status();
  EXPECT_EQ((*ledger)->messages, 3);
  EXPECT_EQ((*ledger)->messages_terminated, 1);
  EXPECT_EQ((*ledger)->samples_stored, 2);
  EXPECT_EQ((*ledger)->samples_merged, 2);
  EXPECT_EQ((*ledger)->samples_rejected, 3);
  EXPECT_EQ((*ledger)->samples_empty, 4);
}

TEST_F(MessageEndsTest, IsUndoneWithItsTransaction) {
  {
    const auto transaction = postgres::Transaction::begin(*connection_);
    ASSERT_TRUE(transaction.ok());
    EXPECT_THAT(write({{1, 1, 0, 0, 0, false}}), ElementsAre(true));
  }
  EXPECT_THAT(write({{1, 1, 0, 0, 0, false}}), ElementsAre(true));
  EXPECT_EQ((*read_ledger(*connection_))->samples_stored, 1);
}

// What an operator does to the tables is never taken for a sample's fault.
TEST_F(MessageEndsTest, NeverBlamesASample) {
  ASSERT_TRUE(connection_
                  ->execute_script("ALTER TABLE time_series.ended_message ADD CONSTRAINT no"
                                   " CHECK (stream_sequence <> 13)")
                  .ok());
  const std::vector<MessageEnd> ends = {{13, 1, 0, 0, 0, false}};
  const auto refused = write_message_ends(*connection_, ends);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(error::message(refused.status()), testing::HasSubstr("cannot write the ledger: "));
  ASSERT_TRUE(
      connection_->execute_script("ALTER TABLE time_series.ended_message DROP CONSTRAINT no").ok());
}

}  // namespace
}  // namespace millrace::time_series
