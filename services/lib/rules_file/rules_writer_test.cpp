// SPDX-License-Identifier: Apache-2.0
#include "lib/rules_file/rules_writer.h"

#include <gtest/gtest.h>

#include "lib/rules_file/rules_file.h"
#include "lib/series_rules/check.h"

namespace millrace::rules_file {
namespace {

namespace v1 = configuration::v1;

v1::SeriesRules rules_with(const std::string& path, const std::string& name) {
  v1::SeriesRules rules;
  v1::SeriesRule& series = *rules.add_series();
  series.set_name("location");
  v1::ValueRule& value = *series.add_values();
  value.set_path(path);
  value.set_name(name);
  return series_rules::check(rules).value();
}

void expect_read_back(const v1::SeriesRules& rules) {
  const std::string text = write_rules_file(rules);
  const auto read = read_rules_file("written", text, "");
  ASSERT_TRUE(read.ok()) << read.status() << "\n" << text;
  EXPECT_EQ(read->rules.SerializeAsString(), rules.SerializeAsString()) << text;
}

TEST(RulesWriterTest, WritesTheFileThatPeopleEdit) {
  v1::SeriesRules rules = rules_with("location.latitude", "latitude");
  rules.set_auto_extract(true);
  rules.add_auto_extract_exclusions("battery");
  rules.mutable_timestamp()->set_path("at");
  rules.mutable_timestamp()->set_format(v1::TIMESTAMP_FORMAT_UNIX_EPOCH);
  rules.mutable_timestamp()->set_fallback(v1::TIMESTAMP_FALLBACK_SERVER_TIMESTAMP);
  rules.set_retention_seconds(7'776'000);
  rules.mutable_series(0)->mutable_values(0)->set_unit("°");
  rules.mutable_series(0)->mutable_values(0)->set_description("north is positive");
  EXPECT_EQ(write_rules_file(rules), R"(auto-extract: true
auto-extract-strings-and-booleans: false
auto-extract-exclusions:
  - battery
timestamp:
  path: at
  format: unix-epoch
  fallback-strategy: server-timestamp
names:
  location:
    values:
      - path: location.latitude
        name: latitude
        type: number
        unit: "°"
        description: "north is positive"
retention: 90d
)");
  expect_read_back(rules);
}

TEST(RulesWriterTest, RulesThatTakeNothingAreAFileToo) {
  expect_read_back(v1::SeriesRules());
}

class TextTest : public testing::TestWithParam<std::string> {};

TEST_P(TextTest, IsReadBackAsItWas) {
  expect_read_back(rules_with(GetParam(), "value"));
  expect_read_back(rules_with("a", GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Texts, TextTest,
                         testing::Values("a", "true", "Null", "~", "no", "5", "5.5", "1e3", "- a",
                                         "? a", "a: b", "a #b", "#a", "&a", "*a", "!a", "|", ">",
                                         "%a", "@a", "`a", " a", "a ", "a:", "{a}", "größe", "€",
                                         "😀", "\xC2\x85", "\xC2\xA0", "\u2028", "\u2029", "\uFEFF",
                                         "a\uFEFF", "0x10", "2026-11-27", "<<", "---", "a.b"));

}  // namespace
}  // namespace millrace::rules_file
