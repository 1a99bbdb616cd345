// SPDX-License-Identifier: Apache-2.0
#include "lib/error/error.h"

#include <gtest/gtest.h>

namespace millrace::error {
namespace {

TEST(Error, RetryableIsWhatHealsByItself) {
  EXPECT_TRUE(is_retryable(absl::UnavailableError("PostgreSQL is away")));
  EXPECT_TRUE(is_retryable(absl::DeadlineExceededError("no answer within 2 s")));
  EXPECT_FALSE(is_retryable(absl::InvalidArgumentError("name is empty")));
  EXPECT_FALSE(is_retryable(absl::OkStatus()));
}

TEST(Error, UnknownOutcomeSurvivesAPrefix) {
  const absl::Status lost = with_unknown_outcome(absl::UnavailableError("connection lost"));
  const absl::Status longer = prefixed("cannot commit", lost);
  EXPECT_TRUE(has_unknown_outcome(longer));
  EXPECT_EQ(message(longer), "cannot commit: connection lost");
  EXPECT_FALSE(has_unknown_outcome(absl::UnavailableError("connection lost")));
}

TEST(Error, PrefixLeavesSuccessAlone) {
  EXPECT_TRUE(prefixed("cannot commit", absl::OkStatus()).ok());
}

absl::StatusOr<int> half(int number) {
  if (number % 2 != 0) return absl::InvalidArgumentError("odd");
  return number / 2;
}

absl::StatusOr<int> quarter(int number) {
  MILLRACE_ASSIGN_OR_RETURN(const int halved, half(number));
  return half(halved);
}

TEST(Error, AssignOrReturnPassesTheFirstFailureOn) {
  EXPECT_EQ(quarter(8).value(), 2);
  EXPECT_EQ(message(quarter(6).status()), "odd");
  EXPECT_EQ(message(quarter(7).status()), "odd");
}

}  // namespace
}  // namespace millrace::error
