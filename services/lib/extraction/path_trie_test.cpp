// SPDX-License-Identifier: Apache-2.0
#include "lib/extraction/path_trie.h"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace millrace::extraction {
namespace {

PathTrie::Node add(PathTrie& trie, const std::string& path) {
  return trie.add(*series_rules::parse_path(path));
}

TEST(PathTrie, LeadsDownWhatWasAdded) {
  PathTrie trie;
  const auto inner = add(trie, "a.b");
  const auto element = add(trie, "a.c[2].d");
  const auto a = trie.member(PathTrie::kRoot, "a");
  EXPECT_EQ(trie.member(a, "b"), inner);
  EXPECT_EQ(trie.parent(inner), a);
  EXPECT_TRUE(trie.has_members(a));
  EXPECT_FALSE(trie.has_elements(a));
  EXPECT_FALSE(trie.has_members(inner));
  const auto c = trie.member(a, "c");
  ASSERT_EQ(trie.elements(c).size(), 1U);
  EXPECT_EQ(trie.elements(c)[0].index, 2U);
  EXPECT_EQ(trie.member(trie.elements(c)[0].node, "d"), element);
}

TEST(PathTrie, HasNothingElse) {
  PathTrie trie;
  add(trie, "a.b");
  EXPECT_EQ(trie.member(PathTrie::kRoot, "b"), PathTrie::kNone);
  EXPECT_EQ(trie.member(PathTrie::kRoot, ""), PathTrie::kNone);
  EXPECT_EQ(trie.member(trie.member(PathTrie::kRoot, "a"), "a"), PathTrie::kNone);
  EXPECT_EQ(PathTrie().member(PathTrie::kRoot, "a"), PathTrie::kNone);
}

TEST(PathTrie, SharesBeginnings) {
  PathTrie trie;
  EXPECT_EQ(add(trie, "a.b"), add(trie, "$.a.b"));
  EXPECT_EQ(add(trie, "x[3]"), add(trie, "x[3]"));
  EXPECT_EQ(trie.size(), 5U);
}

TEST(PathTrie, KeepsElementsInTheirOrder) {
  PathTrie trie;
  for (const char* path : {"a[7]", "a[0]", "a[999999]", "a[3]"}) add(trie, path);
  std::string indices;
  for (const auto& element : trie.elements(trie.member(PathTrie::kRoot, "a"))) {
    indices += fmt::format("{} ", element.index);
  }
  EXPECT_EQ(indices, "0 3 7 999999 ");
}

TEST(PathTrie, FindsEachOfManyMembers) {
  PathTrie trie;
  for (int i = 0; i < 1000; ++i) add(trie, fmt::format("m{}.same[{}]", i, i));
  for (int i = 0; i < 1000; ++i) {
    const auto member = trie.member(PathTrie::kRoot, fmt::format("m{}", i));
    ASSERT_NE(member, PathTrie::kNone);
    ASSERT_EQ(trie.elements(trie.member(member, "same"))[0].index, static_cast<std::uint32_t>(i));
  }
}

}  // namespace
}  // namespace millrace::extraction
