// SPDX-License-Identifier: Apache-2.0
#include "lib/error/retry_after.h"

#include <gtest/gtest.h>

#include "lib/error/error.h"

namespace millrace::error {
namespace {

TEST(RetryAfter, SurvivesAPrefix) {
  const absl::Status full =
      with_retry_after(absl::ResourceExhaustedError("all are in use"), std::chrono::seconds{2});
  EXPECT_EQ(retry_after(prefixed("cannot read", full)), std::chrono::milliseconds{2000});
  EXPECT_EQ(message(full), "all are in use");
}

TEST(RetryAfter, IsNotThereUnlessSomebodySaidSo) {
  EXPECT_EQ(retry_after(absl::ResourceExhaustedError("too large")), std::nullopt);
  EXPECT_EQ(retry_after(absl::OkStatus()), std::nullopt);
}

}  // namespace
}  // namespace millrace::error
