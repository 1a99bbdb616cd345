// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/recent_cache.h"

#include <gtest/gtest.h>

namespace millrace::time_series {
namespace {

TEST(RecentCache, FindsWhatWasPutIn) {
  RecentCache<std::string, int> cache(10);
  cache.insert("a", 1);
  ASSERT_NE(cache.find("a"), nullptr);
  EXPECT_EQ(*cache.find(std::string_view("a")), 1);
  EXPECT_EQ(cache.find("b"), nullptr);
}

TEST(RecentCache, ReplacesAValue) {
  RecentCache<std::string, int> cache(10);
  cache.insert("a", 1);
  cache.insert("a", 2);
  EXPECT_EQ(*cache.find("a"), 2);
  EXPECT_EQ(cache.size(), 1U);
}

TEST(RecentCache, NeverHoldsMoreThanItsCapacity) {
  RecentCache<std::uint64_t, int> cache(100);
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    cache.insert(i, 0);
    if (i % 3 == 0) cache.find(i / 2);
    ASSERT_LE(cache.size(), 100U);
  }
}

TEST(RecentCache, KeepsTheMostRecentlyUsedHalf) {
  RecentCache<std::uint64_t, int> cache(100);
  for (std::uint64_t i = 0; i < 1000; ++i) cache.insert(i, 0);
  for (std::uint64_t i = 951; i < 1000; ++i) EXPECT_NE(cache.find(i), nullptr) << i;
}

TEST(RecentCache, KeepsWhatIsAskedForAgainAndAgain) {
  RecentCache<std::uint64_t, int> cache(10);
  cache.insert(0, 7);
  for (std::uint64_t i = 1; i < 1000; ++i) {
    cache.insert(i, 0);
    ASSERT_NE(cache.find(std::uint64_t{0}), nullptr);
  }
  EXPECT_EQ(*cache.find(std::uint64_t{0}), 7);
}

TEST(RecentCache, CountsWeights) {
  RecentCache<std::string, int> cache(10);
  cache.insert("a", 1, 4);
  cache.insert("b", 2, 4);
  cache.insert("c", 3, 4);
  EXPECT_EQ(cache.find("a"), nullptr);
  EXPECT_NE(cache.find("c"), nullptr);
}

TEST(RecentCache, TakesAnEntryHeavierThanItself) {
  RecentCache<std::string, int> cache(10);
  cache.insert("a", 1, 1000);
  EXPECT_NE(cache.find("a"), nullptr);
  cache.insert("b", 2);
  EXPECT_NE(cache.find("b"), nullptr);
}

}  // namespace
}  // namespace millrace::time_series
