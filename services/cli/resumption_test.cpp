// SPDX-License-Identifier: Apache-2.0
#include "cli/resumption.h"

#include <gtest/gtest.h>

namespace millrace::cli {
namespace {

using std::chrono::milliseconds;

const absl::Status kAway = absl::UnavailableError("away");

TEST(Resumption, WhatNeverBeganIsNotTriedAgain) {
  Resumption resumption;
  EXPECT_EQ(resumption.pause_after(kAway), std::nullopt);
}

TEST(Resumption, OnlyAServiceThatIsAwayIsWaitedFor) {
  Resumption resumption;
  resumption.received();
  EXPECT_EQ(resumption.pause_after(absl::InvalidArgumentError("x")), std::nullopt);
  EXPECT_EQ(resumption.pause_after(absl::DataLossError("x")), std::nullopt);
  EXPECT_EQ(resumption.pause_after(kAway), milliseconds{250});
}

TEST(Resumption, TriesAreBoundedAndFurtherApartEachTime) {
  Resumption resumption;
  resumption.received();
  milliseconds together{0};
  milliseconds before{0};
  int tries = 0;
  while (const auto pause = resumption.pause_after(kAway)) {
    EXPECT_GE(*pause, before);
    EXPECT_LE(*pause, milliseconds{5000});
    before = *pause;
    together += *pause;
    ++tries;
  }
  EXPECT_EQ(tries, Resumption::kMaxTries);
  EXPECT_LT(together, milliseconds{40'000});
  resumption.received();
  EXPECT_EQ(resumption.pause_after(kAway), milliseconds{250}) << "counted anew";
}

}  // namespace
}  // namespace millrace::cli
