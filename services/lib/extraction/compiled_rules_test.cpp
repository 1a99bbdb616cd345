// SPDX-License-Identifier: Apache-2.0
#include "lib/extraction/compiled_rules.h"

#include <string>

#include <fmt/format.h>

#include "lib/extraction/extraction_fixture.h"

namespace millrace::extraction {
namespace {

TEST(CompiledRules, HaveTheDefaultsOfWhatIsUnset) {
  const auto rules =
      *CompiledRules::compile(rules_of("version: 7 series { name: 's' values { path: '$.a.b' } }"
                                       " timestamp { path: 'c' }"));
  EXPECT_EQ(rules->version(), 7);
  ASSERT_EQ(rules->values().size(), 1U);
  EXPECT_EQ(rules->values()[0].name, "value");
  EXPECT_EQ(rules->values()[0].path, "a.b");
  EXPECT_EQ(rules->values()[0].type, time_series::ValueType::kNumber);
  EXPECT_FALSE(rules->auto_numbers() || rules->auto_others());
  ASSERT_TRUE(rules->timestamp().has_value());
  EXPECT_FALSE(rules->timestamp()->falls_back);
}

TEST(CompiledRules, TakeNothingWithoutASwitchOrASeries) {
  const auto take_nothing = [](const std::string& text) {
    return (*CompiledRules::compile(rules_of(text)))->take_nothing();
  };
  EXPECT_TRUE(take_nothing(""));
  EXPECT_TRUE(take_nothing("timestamp { path: 'a' } auto_extract_exclusions: 'b'"));
  EXPECT_FALSE(take_nothing("auto_extract: true"));
  EXPECT_FALSE(take_nothing("auto_extract_strings_and_booleans: true"));
  EXPECT_FALSE(take_nothing("series { name: 's' values { path: 'a' } }"));
}

TEST(CompiledRules, IgnoreATimestampWithoutAPath) {
  const auto rules = *CompiledRules::compile(
      rules_of("timestamp { format: TIMESTAMP_FORMAT_ISO8601 fallback: TIMESTAMP_FALLBACK_FAIL }"));
  EXPECT_FALSE(rules->timestamp().has_value());
}

TEST(CompiledRules, KnowTheValuesOfEachPath) {
  const auto rules = *CompiledRules::compile(
      rules_of("series { name: 'p' values { path: 'a' name: 'x' } values { path: 'b' name: 'y' } }"
               " series { name: 'q' values { path: 'a' } }"));
  const auto at_a = rules->values_at(rules->paths().member(PathTrie::kRoot, "a"));
  ASSERT_EQ(at_a.size(), 2U);
  EXPECT_EQ(rules->values()[at_a[0]].series, "p");
  EXPECT_EQ(rules->values()[at_a[1]].series, "q");
  EXPECT_TRUE(rules->values_at(PathTrie::kRoot).empty());
}

TEST(CompiledRules, RefuseAPathThatCannotBeRead) {
  for (const char* text : {"series { name: 's' values { path: 'a..b' } }",
                           "series { name: 's' values { } }", "timestamp { path: 'a[' }"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(CompiledRules::compile(rules_of(text)).status())) << text;
  }
}

TEST(CompiledRules, BoundTheValuesOfAPath) {
  std::string text = "series { name: 's'";
  for (std::size_t i = 0; i < kMaxValuesOfPath; ++i) {
    text += fmt::format(" values {{ path: 'a' name: 'v{}' }}", i);
  }
  EXPECT_TRUE(CompiledRules::compile(rules_of(text + "}")).ok());
  const auto refused = CompiledRules::compile(rules_of(text + " values { path: '$.a' } }"));
  EXPECT_EQ(error::message(refused.status()),
            "cannot use series rules: more than 64 values have the path a");
}

}  // namespace
}  // namespace millrace::extraction
