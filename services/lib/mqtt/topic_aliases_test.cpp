// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/topic_aliases.h"

#include <gtest/gtest.h>

namespace millrace::mqtt {
namespace {

// What a PUBLISH with `topic` and `alias` is for; "" for a fault.
std::string topic_of(TopicAliases& aliases, std::uint16_t alias, std::string_view topic) {
  return aliases.resolve(alias, topic) ? "" : std::string(topic);
}

TEST(TopicAliasesTest, ANameIsRememberedAndReplaced) {
  TopicAliases aliases(10, 1000);
  EXPECT_EQ(topic_of(aliases, 10, "ten"), "ten");
  EXPECT_EQ(topic_of(aliases, 1, "one"), "one");
  EXPECT_EQ(topic_of(aliases, 10, ""), "ten");
  EXPECT_EQ(topic_of(aliases, 1, ""), "one");
  EXPECT_EQ(topic_of(aliases, 10, "dix"), "dix");
  EXPECT_EQ(topic_of(aliases, 10, ""), "dix");
}

TEST(TopicAliasesTest, AliasesOutsideTheirRangeAreFaults) {  // [MQTT-3.3.2-8], [MQTT-3.3.2-9]
  TopicAliases aliases(10, 1000);
  std::string_view topic = "a";
  EXPECT_EQ(aliases.resolve(0, topic), Fault::kInvalidTopicAlias);
  EXPECT_EQ(aliases.resolve(11, topic), Fault::kInvalidTopicAlias);
  EXPECT_EQ(aliases.resolve(65'535, topic), Fault::kInvalidTopicAlias);
  EXPECT_EQ(aliases.held_bytes(), 0U);
}

TEST(TopicAliasesTest, AnAliasThatWasNotDefinedIsAFault) {
  TopicAliases aliases(10, 1000);
  std::string_view topic;
  EXPECT_EQ(aliases.resolve(3, topic), Fault::kInvalidTopicAlias);
  EXPECT_EQ(topic_of(aliases, 5, "five"), "five");
  EXPECT_EQ(aliases.resolve(3, topic), Fault::kInvalidTopicAlias);
  EXPECT_EQ(aliases.resolve(6, topic), Fault::kInvalidTopicAlias);
}

TEST(TopicAliasesTest, NothingIsHeldUntilOneIsUsed) {
  TopicAliases aliases(65'535, 1U << 20U);
  EXPECT_EQ(aliases.held_bytes(), 0U);
}

TEST(TopicAliasesTest, TheirBytesAreBounded) {
  const std::size_t slot = sizeof(std::string);
  TopicAliases aliases(10, 2 * slot + 100);
  std::string_view topic = "x";
  EXPECT_EQ(aliases.resolve(10, topic), Fault::kTopicAliasesTooLarge);  // by its slots alone
  const std::string sixty(60, 'a');
  EXPECT_EQ(topic_of(aliases, 1, sixty), sixty);
  topic = sixty;
  EXPECT_EQ(aliases.resolve(2, topic), Fault::kTopicAliasesTooLarge);
  EXPECT_EQ(aliases.held_bytes(), slot + 60);
  // What is replaced does not count any more.
  EXPECT_EQ(topic_of(aliases, 1, "short"), "short");
  EXPECT_EQ(topic_of(aliases, 2, sixty), sixty);
  EXPECT_EQ(aliases.held_bytes(), 2 * slot + 65);
}

TEST(TopicAliasesTest, TheSameNameAgainChangesNothing) {
  TopicAliases aliases(4, 1000);
  topic_of(aliases, 1, "name");
  const std::size_t held = aliases.held_bytes();
  EXPECT_EQ(topic_of(aliases, 1, "name"), "name");
  EXPECT_EQ(aliases.held_bytes(), held);
}

}  // namespace
}  // namespace millrace::mqtt
