// SPDX-License-Identifier: Apache-2.0
#include "lib/rules_file/rules_file.h"

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::rules_file {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string refusal(std::string_view text, const std::string& application_name = "") {
  return error::message(read_rules_file("series.yaml", text, application_name).status());
}

TEST(RulesFileTest, ReturnsCheckedRules) {
  const auto file =
      read_rules_file("series.yaml", "names: {a: {values: [{path: $.x}]}}", "ignored");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->application_name, "");
  EXPECT_EQ(file->rules.series(0).values(0).path(), "x");
  EXPECT_EQ(file->rules.series(0).values(0).name(), "value");
}

TEST(RulesFileTest, ListsFaultsInOrderOfLine) {
  EXPECT_EQ(refusal("names:\n  a: {values: [{path: a..b}]}\nretention: 5\nfoo: 1\n"),
            "cannot use series.yaml:\n"
            "series.yaml:2: names.a.values[0].path: cannot read path \"a..b\": a name is missing "
            "at byte 2\n"
            "series.yaml:3: retention: \"5\": must be a duration: digits and ms, s, m, h or d, for "
            "example "
            "5s\n"
            "series.yaml:4: \"foo\": there is no such key; there are auto-extract, "
            "auto-extract-strings-and-booleans, auto-extract-exclusions, names, timestamp, "
            "retention");
}

TEST(RulesFileTest, SaysWhatIsNoYaml) {
  EXPECT_EQ(refusal(""), "cannot use series.yaml:\nseries.yaml: it is empty");
  EXPECT_THAT(refusal("a: [1\nb: 2]\n"), StartsWith("cannot use series.yaml:\nseries.yaml:2: "));
}

TEST(RulesFileTest, ListsSoManyFaults) {
  std::string text = "names:\n";
  for (int i = 0; i < 150; ++i) text += "  s" + std::to_string(i) + ":\n";
  EXPECT_THAT(refusal(text), HasSubstr("\nseries.yaml:101: names.s99.values: "));
  EXPECT_THAT(refusal(text), testing::EndsWith("\n… and 50 more"));
}

TEST(RulesFileTest, NotesWhatItPassedOver) {
  const auto file = read_rules_file(
      "kaa.yaml", "kaa:\n  applications:\n    a:\n      versions: {v: }\n      time-series: {}\n",
      "a");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->application_name, "a");
  EXPECT_THAT(file->notes, ElementsAre(StartsWith("kaa.yaml:4: kaa.applications.\"a\".versions")));
}

}  // namespace
}  // namespace millrace::rules_file
