// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/insert_path_choice.h"

#include <vector>

#include <gtest/gtest.h>

namespace millrace::time_series {
namespace {

TEST(InsertPathChoice, IsDirectUntilAConflict) {
  InsertPathChoice choice;
  EXPECT_EQ(choice.next(Delivery::kFirst), InsertPath::kDirect);
  choice.direct_failed();
  EXPECT_EQ(choice.next(Delivery::kFirst), InsertPath::kStaged);
}

TEST(InsertPathChoice, IsStagedForRedeliveries) {
  EXPECT_EQ(InsertPathChoice().next(Delivery::kAgain), InsertPath::kStaged);
}

int staged_until_direct(InsertPathChoice& choice) {
  int batches = 0;
  for (; choice.next(Delivery::kFirst) == InsertPath::kStaged; ++batches) {
    choice.staged_succeeded(0);
  }
  return batches;
}

TEST(InsertPathChoice, WantsMoreCleanBatchesAfterEachFailureUpToABound) {
  InsertPathChoice choice;
  std::vector<int> batches;
  for (int i = 0; i < 8; ++i) {
    choice.direct_failed();
    batches.push_back(staged_until_direct(choice));
  }
  EXPECT_EQ(batches, (std::vector<int>{2, 4, 8, 16, 32, 64, 64, 64}));
}

TEST(InsertPathChoice, StaysStagedWhileThereAreConflicts) {
  InsertPathChoice choice;
  choice.direct_failed();
  for (int i = 0; i < 100; ++i) {
    choice.staged_succeeded(1);
    EXPECT_EQ(choice.next(Delivery::kFirst), InsertPath::kStaged);
  }
  EXPECT_EQ(staged_until_direct(choice), 2);
}

TEST(InsertPathChoice, ForgivesAfterALongTimeWithoutConflicts) {
  InsertPathChoice choice;
  for (int i = 0; i < 8; ++i) choice.direct_failed();
  staged_until_direct(choice);
  for (int i = 0; i < 64; ++i) choice.direct_succeeded();
  choice.direct_failed();
  EXPECT_EQ(staged_until_direct(choice), 2);
}

}  // namespace
}  // namespace millrace::time_series
