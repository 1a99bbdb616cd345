// SPDX-License-Identifier: Apache-2.0
#include "lib/rules_file/yaml_tree.h"

#include <gmock/gmock.h>

namespace millrace::rules_file {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

YamlNode tree(std::string_view text) {
  auto read = read_yaml(text);
  if (const auto* fault = std::get_if<FileFault>(&read)) {
    ADD_FAILURE() << fault->line << ": " << fault->what;
    return {};
  }
  return std::get<YamlNode>(std::move(read));
}

FileFault fault(std::string_view text) {
  auto read = read_yaml(text);
  if (const auto* fault = std::get_if<FileFault>(&read)) return *fault;
  ADD_FAILURE() << "it was read";
  return {};
}

TEST(YamlTreeTest, RemembersLinesAndQuotes) {
  const YamlNode root = tree("a: true\nb:\n  - 'true'\n  - ~\n  -\n");
  ASSERT_THAT(root.members, SizeIs(2));
  EXPECT_EQ(root.members[0].key, "a");
  EXPECT_EQ(root.members[0].value.text, "true");
  EXPECT_TRUE(root.members[0].value.plain);
  EXPECT_EQ(root.members[1].line, 2);
  const auto& elements = root.members[1].value.elements;
  ASSERT_THAT(elements, SizeIs(3));
  EXPECT_FALSE(elements[0].plain);
  EXPECT_EQ(elements[0].line, 3);
  EXPECT_EQ(elements[1].kind, YamlNode::Kind::kNull);
  EXPECT_EQ(elements[2].kind, YamlNode::Kind::kNull);
}

TEST(YamlTreeTest, ReadsJson) {
  const YamlNode root = tree("{\"a\":{\"b\":[1,\"x\\n\\u00e4\",null,true]},\n\t\"c\":{}}");
  ASSERT_THAT(root.members, SizeIs(2));
  const auto& elements = root.members[0].value.members.at(0).value.elements;
  ASSERT_THAT(elements, SizeIs(4));
  EXPECT_EQ(elements[1].text, "x\nä");
  EXPECT_EQ(elements[2].kind, YamlNode::Kind::kNull);
  EXPECT_EQ(root.members[1].line, 2);
}

TEST(YamlTreeTest, KeepsAKeyThatIsThereTwice) {
  EXPECT_THAT(tree("a: 1\na: 2\n").members, SizeIs(2));
}

TEST(YamlTreeTest, SaysInWhichLineWhatIsWrong) {
  EXPECT_EQ(fault("a: 1\nb: [\n").line, 3);
  EXPECT_EQ(fault("a: 1\n b: 2\n").line, 2);
  EXPECT_EQ(fault("a: 1\n---\nb: 2\n").line, 3);
  EXPECT_EQ(fault("a: 1\n? [b]\n: 2\n").what, "a key must be a text");
}

TEST(YamlTreeTest, RefusesAnchorsAndAliases) {
  EXPECT_THAT(fault("a: &x [1]\n").what, HasSubstr("anchors"));
  EXPECT_THAT(fault("a: *x\n").what, HasSubstr("anchor"));
}

TEST(YamlTreeTest, RefusesWhatIsNoText) {
  EXPECT_EQ(fault("").what, "it is empty");
  EXPECT_EQ(fault("# nothing\n").what, "it is empty");
  EXPECT_EQ(fault("a: \xff").what, "it is not UTF-8");
  const FileFault nul = fault(std::string_view("a: 1\nb: \0", 9));
  EXPECT_EQ(nul.line, 2);
  EXPECT_EQ(nul.what, "there is a NUL");
}

// A file that was cut must not look like one that says less.
TEST(YamlTreeTest, RefusesWhatDoesNotEnd) {
  for (const char* text : {"a: \"x", "a: \"x\n", "a: 'x\n", "a: [1\n", "a: {b: 1\n", "a: {b:\n"}) {
    EXPECT_FALSE(fault(text).what.empty()) << text;
  }
  EXPECT_EQ(tree("a: |\n  x\n").members.at(0).value.text, "x\n");
}

TEST(YamlTreeTest, HasBounds) {
  EXPECT_THAT(fault(std::string(kMaxFileBytes + 1, ' ')).what, HasSubstr("at most 1048576"));
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  tree(nested(kMaxFileDepth));
  EXPECT_THAT(fault(nested(kMaxFileDepth + 1)).what, HasSubstr("levels deep"));
  std::string entries = "[";
  for (std::size_t i = 0; i < kMaxFileNodes; ++i) entries += "1,";
  EXPECT_THAT(fault(entries + "]").what, HasSubstr("more than 200000 entries"));
}

}  // namespace
}  // namespace millrace::rules_file
