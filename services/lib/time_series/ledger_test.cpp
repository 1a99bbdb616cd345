// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/ledger.h"

#include <gtest/gtest.h>

namespace millrace::time_series {
namespace {

// 100 messages had left the stream before; 50 came since, 20 of them are still there.
class DifferenceTest : public testing::Test {
 protected:
  static Ledger ended(std::int64_t messages) {
    Ledger ledger;
    ledger.messages_before = 100;
    ledger.messages = messages;
    return ledger;
  }
  static StreamPosition stream(std::int64_t delivered = 0) {
    StreamPosition stream;
    stream.last_sequence = 150;
    stream.messages = 20;
    stream.undelivered = 20 - delivered;
    return stream;
  }
};

TEST_F(DifferenceTest, IsNoneWhereWhatLeftTheStreamHasEnded) {
  EXPECT_EQ(difference(ended(30), stream(), ended(30)), 0);
}

TEST_F(DifferenceTest, IsWhatLeftTheStreamWithoutAnEnd) {
  EXPECT_EQ(difference(ended(23), stream(), ended(23)), 7);
  EXPECT_EQ(difference(ended(23), stream(10), ended(24)), 6);
}

TEST_F(DifferenceTest, IsBelowZeroWhereMoreEndedThanWereDelivered) {
  EXPECT_EQ(difference(ended(33), stream(), ended(33)), -3);
}

// Not acknowledged yet, or in the stream again after nats-server was killed.
TEST_F(DifferenceTest, IsNotWhatEndedAndIsStillThere) {
  EXPECT_EQ(difference(ended(33), stream(3), ended(33)), 0);
  EXPECT_EQ(difference(ended(34), stream(3), ended(34)), -1);
}

TEST_F(DifferenceTest, IsNotWhatEndsWhileItIsLookedAt) {
  EXPECT_EQ(difference(ended(25), stream(5), ended(30)), 0);
  EXPECT_EQ(difference(ended(30), stream(), ended(45)), 0);
}

}  // namespace
}  // namespace millrace::time_series
