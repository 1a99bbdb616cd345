// SPDX-License-Identifier: Apache-2.0
#include "lib/series_rules/rules_diff.h"

#include <ostream>

#include <gmock/gmock.h>

namespace millrace::series_rules {

bool operator==(const Change& a, const Change& b) {
  return a.field == b.field && a.before == b.before && a.after == b.after;
}
void PrintTo(const Change& change, std::ostream* out) {
  *out << change.field << ": '" << change.before << "' -> '" << change.after << "'";
}

namespace {

namespace v1 = configuration::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

v1::ValueRule value(const std::string& name, const std::string& path) {
  v1::ValueRule rule;
  rule.set_name(name);
  rule.set_path(path);
  rule.set_type(v1::VALUE_TYPE_NUMBER);
  return rule;
}

v1::SeriesRules location() {
  v1::SeriesRules rules;
  v1::SeriesRule& series = *rules.add_series();
  series.set_name("location");
  *series.add_values() = value("latitude", "location.latitude");
  return rules;
}

TEST(RulesDiffTest, FieldsAreThoseOfTheFile) {
  v1::SeriesRules rules = location();
  rules.set_auto_extract(true);
  rules.add_auto_extract_exclusions("b");
  rules.add_auto_extract_exclusions("a");
  rules.mutable_timestamp()->set_path("at");
  rules.mutable_timestamp()->set_format(v1::TIMESTAMP_FORMAT_MILLIS_UNIX_EPOCH);
  rules.set_retention_seconds(7'776'000);
  rules.mutable_series(0)->mutable_values(0)->set_unit("°");
  EXPECT_THAT(
      fields_of(rules),
      ElementsAre(Pair("auto-extract", "true"), Pair("auto-extract-exclusions", "b, a"),
                  Pair("auto-extract-strings-and-booleans", "false"),
                  Pair("names.location.latitude.path", "location.latitude"),
                  Pair("names.location.latitude.type", "number"),
                  Pair("names.location.latitude.unit", "°"), Pair("retention", "90d"),
                  Pair("timestamp.fallback-strategy", "fail"),
                  Pair("timestamp.format", "millis-unix-epoch"), Pair("timestamp.path", "at")));
}

TEST(RulesDiffTest, EqualRulesDifferInNothingWhateverTheOrder) {
  v1::SeriesRules one = location();
  v1::SeriesRules other = location();
  *one.mutable_series(0)->add_values() = value("x", "x");
  *other.mutable_series(0)->add_values() = value("x", "x");
  other.mutable_series(0)->mutable_values()->SwapElements(0, 1);
  other.set_version(9);
  EXPECT_THAT(diff(one, other), IsEmpty());
}

TEST(RulesDiffTest, TellsWhatCameWentAndChanged) {
  const v1::SeriesRules before = location();
  v1::SeriesRules after = before;
  after.set_auto_extract(true);
  after.mutable_series(0)->mutable_values(0)->set_path("lat");
  *after.mutable_series(0)->add_values() = value("longitude", "lon");
  after.set_retention_seconds(3'600);
  const std::vector<Change> changes{{"auto-extract", "false", "true"},
                                    {"names.location.latitude.path", "location.latitude", "lat"},
                                    {"names.location.longitude.path", "", "lon"},
                                    {"names.location.longitude.type", "", "number"},
                                    {"retention", "", "1h"}};
  EXPECT_EQ(diff(before, after), changes);
  std::vector<Change> back = diff(after, before);
  for (Change& change : back) std::swap(change.before, change.after);
  EXPECT_EQ(back, changes);
}

TEST(RulesDiffTest, RetentionIsInTheLargestUnitThatFits) {
  EXPECT_EQ(retention_text(3'153'600'000), "36500d");
  EXPECT_EQ(retention_text(90'000), "25h");
  EXPECT_EQ(retention_text(5'460), "91m");
  EXPECT_EQ(retention_text(3'601), "3601s");
}

}  // namespace
}  // namespace millrace::series_rules
