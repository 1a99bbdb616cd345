// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/byte_budget.h"

#include <gtest/gtest.h>

namespace millrace::mqtt_receiver {
namespace {

TEST(ByteBudgetTest, BeyondItThoseAboveTheirShareAreRefused) {
  ByteBudget budget(1000, 10);
  budget.update(0, 900);
  EXPECT_FALSE(budget.refuses(900));
  budget.update(0, 101);
  EXPECT_TRUE(budget.refuses(900));
  EXPECT_TRUE(budget.refuses(101));
  EXPECT_FALSE(budget.refuses(100));  // an equal share is everyone's
  budget.update(900, 0);
  EXPECT_FALSE(budget.refuses(101));
  EXPECT_EQ(budget.used_bytes(), 101U);
}

}  // namespace
}  // namespace millrace::mqtt_receiver
