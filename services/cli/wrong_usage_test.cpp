// SPDX-License-Identifier: Apache-2.0
#include "cli/wrong_usage.h"

#include <gtest/gtest.h>

#include "lib/error/error.h"

namespace millrace::cli {
namespace {

TEST(WrongUsage, IsToldFromWhatAServerRefused) {
  EXPECT_TRUE(is_wrong_usage(wrong_usage("--to: no time")));
  EXPECT_FALSE(is_wrong_usage(absl::InvalidArgumentError("name: must not be empty")));
  EXPECT_FALSE(is_wrong_usage(absl::OkStatus()));
}

TEST(WrongUsage, TheMessageStaysAsItIs) {
  EXPECT_EQ(error::message(wrong_usage("--to: no time")), "--to: no time");
}

}  // namespace
}  // namespace millrace::cli
