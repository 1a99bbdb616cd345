// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/lru_map.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace millrace::registry_client {
namespace {

using Map = LruMap<std::string, std::string_view, int>;

TEST(LruMap, FindsWhatWasPut) {
  Map map(2);
  map.put("a", 1);
  ASSERT_NE(map.find("a"), nullptr);
  EXPECT_EQ(*map.find("a"), 1);
  EXPECT_EQ(map.find("b"), nullptr);
}

TEST(LruMap, PuttingAgainReplaces) {
  Map map(2);
  map.put("a", 1);
  EXPECT_EQ(map.put("a", 2)->first, "a");
  EXPECT_EQ(*map.find("a"), 2);
  EXPECT_EQ(map.size(), 1U);
}

TEST(LruMap, WhenFullTheOneUsedLongestAgoGoes) {
  Map map(2);
  map.put("a", 1);
  map.put("b", 2);
  map.find("a");
  ASSERT_NE(map.next_to_go(), nullptr);
  EXPECT_EQ(map.next_to_go()->first, "b");
  map.put("c", 3);
  EXPECT_EQ(map.find("b"), nullptr);
  EXPECT_NE(map.find("a"), nullptr);
  EXPECT_NE(map.find("c"), nullptr);
  EXPECT_EQ(map.size(), 2U);
}

TEST(LruMap, ReplacingCountsAsAUse) {
  Map map(2);
  map.put("a", 1);
  map.put("b", 2);
  map.put("a", 3);
  map.put("c", 4);
  EXPECT_EQ(map.find("b"), nullptr);
  EXPECT_NE(map.find("a"), nullptr);
}

TEST(LruMap, AnErasedEntryMakesRoom) {
  Map map(1);
  map.put("a", 1);
  EXPECT_TRUE(map.erase("a"));
  EXPECT_FALSE(map.erase("a"));
  EXPECT_EQ(map.next_to_go(), nullptr);
  map.put("b", 2);
  EXPECT_NE(map.find("b"), nullptr);
}

TEST(LruMap, ErasesAllThatMatch) {
  Map map(3);
  map.put("a", 1);
  map.put("b", 2);
  map.put("c", 3);
  EXPECT_EQ(map.erase_if([](const Map::Item& item) { return item.second != 2; }), 2U);
  EXPECT_EQ(map.find("a"), nullptr);
  EXPECT_NE(map.find("b"), nullptr);
  EXPECT_EQ(map.size(), 1U);
}

TEST(LruMap, VisitsAllWithoutUsingThem) {
  Map map(2);
  map.put("a", 1);
  map.put("b", 2);
  map.for_each([](int& value) { value += 10; });
  map.put("c", 3);
  EXPECT_EQ(map.find("a"), nullptr) << "still the one used longest ago";
  EXPECT_EQ(*map.find("b"), 12);
}

TEST(LruMap, WithoutRoomNothingIsKept) {
  Map map(0);
  EXPECT_EQ(map.put("a", 1), nullptr);
  EXPECT_EQ(map.next_to_go(), nullptr);
  EXPECT_EQ(map.find("a"), nullptr);
}

}  // namespace
}  // namespace millrace::registry_client
