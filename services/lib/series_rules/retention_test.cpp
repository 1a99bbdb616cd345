// SPDX-License-Identifier: Apache-2.0
#include "lib/series_rules/retention.h"

#include <limits>

#include <gtest/gtest.h>

namespace millrace::series_rules {
namespace {

std::optional<std::chrono::milliseconds> retention(std::int64_t seconds) {
  configuration::v1::SeriesRules rules;
  rules.set_retention_seconds(seconds);
  return retention_of(rules);
}

TEST(Retention, UnsetLeavesItToTheDeployment) {
  EXPECT_FALSE(retention(0).has_value());
}

TEST(Retention, IsWithinTheBoundsWhateverTheRegistrySaid) {
  EXPECT_EQ(retention(86'400), std::chrono::days(1));
  EXPECT_EQ(retention(1), kShortestRetention);
  EXPECT_EQ(retention(-5), kShortestRetention);
  EXPECT_EQ(retention(std::numeric_limits<std::int64_t>::max()), kLongestRetention);
  EXPECT_EQ(retention(std::numeric_limits<std::int64_t>::min()), kShortestRetention);
}

}  // namespace
}  // namespace millrace::series_rules
