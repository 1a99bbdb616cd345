// SPDX-License-Identifier: Apache-2.0
#include "lib/series_rules/check.h"

#include <functional>
#include <ostream>
#include <string>
#include <utility>

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::series_rules {
namespace {

using configuration::v1::SeriesRules;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
namespace v1 = configuration::v1;

// One series "location" with the value "latitude", nothing wrong with it.
SeriesRules good_rules() {
  SeriesRules rules;
  v1::SeriesRule& series = *rules.add_series();
  series.set_name("location");
  v1::ValueRule& value = *series.add_values();
  value.set_path("$.location.latitude");
  value.set_name("latitude");
  return rules;
}

v1::ValueRule& first_value(SeriesRules& rules) {
  return *rules.mutable_series(0)->mutable_values(0);
}

std::vector<std::string> fields_of(const Checked& checked) {
  std::vector<std::string> fields;
  for (const Fault& fault : checked.faults) fields.push_back(fault.field);
  return fields;
}

TEST(CheckTest, FillsInWhatIsLeftOut) {
  SeriesRules rules = good_rules();
  rules.set_version(7);
  first_value(rules).clear_name();
  rules.mutable_timestamp()->set_path("$.at");
  const auto checked = check(rules);
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->version(), 0);
  EXPECT_EQ(checked->series(0).values(0).name(), "value");
  EXPECT_EQ(checked->series(0).values(0).type(), v1::VALUE_TYPE_NUMBER);
  EXPECT_EQ(checked->series(0).values(0).path(), "location.latitude");
  EXPECT_EQ(checked->timestamp().path(), "at");
  EXPECT_EQ(checked->timestamp().format(), v1::TIMESTAMP_FORMAT_ISO8601);
  EXPECT_EQ(checked->timestamp().fallback(), v1::TIMESTAMP_FALLBACK_FAIL);
  EXPECT_EQ(check(*checked)->SerializeAsString(), checked->SerializeAsString());
}

TEST(CheckTest, ATimestampWithoutAPathIsNone) {
  SeriesRules rules;
  rules.mutable_timestamp()->set_fallback(v1::TIMESTAMP_FALLBACK_FAIL);
  EXPECT_FALSE(check(rules)->has_timestamp());
}

TEST(CheckTest, TwoValuesMayShareAPath) {
  SeriesRules rules = good_rules();
  *rules.mutable_series(0)->add_values() = first_value(rules);
  rules.mutable_series(0)->mutable_values(1)->set_name("again");
  EXPECT_TRUE(check(rules).ok());
}

TEST(CheckTest, SoManyValuesMayShareAPath) {
  SeriesRules rules = good_rules();
  for (std::size_t i = 1; i < kMaxValuesOfPath; ++i) {
    v1::ValueRule& value = *rules.mutable_series(0)->add_values();
    value.set_name("v" + std::to_string(i));
    value.set_path(i % 2 == 0 ? "location.latitude" : "$.location.latitude");
  }
  EXPECT_TRUE(check(rules).ok()) << check(rules).status();
  rules.add_series()->set_name("other");
  rules.mutable_series(1)->add_values()->set_path("location.latitude");
  EXPECT_THAT(fields_of(check_all(rules)), ElementsAre("names.other.values[0].path"));
}

struct Case {
  const char* name;
  std::function<void(SeriesRules&)> change;
  const char* field;  // null: nothing is wrong
};

void PrintTo(const Case& example, std::ostream* out) {
  *out << example.name;
}

class CheckCaseTest : public testing::TestWithParam<Case> {};

TEST_P(CheckCaseTest, NamesTheField) {
  SeriesRules rules = good_rules();
  GetParam().change(rules);
  const Checked checked = check_all(rules);
  if (GetParam().field == nullptr) {
    EXPECT_THAT(fields_of(checked), ElementsAre());
  } else {
    EXPECT_THAT(fields_of(checked), ElementsAre(GetParam().field));
  }
  EXPECT_EQ(check(rules).ok(), checked.faults.empty());
}

auto name_of_value(std::string name) {
  return [name = std::move(name)](SeriesRules& rules) { first_value(rules).set_name(name); };
}
auto path_of_value(std::string path) {
  return [path = std::move(path)](SeriesRules& rules) { first_value(rules).set_path(path); };
}
auto name_of_series(std::string name) {
  return [name = std::move(name)](SeriesRules& rules) { rules.mutable_series(0)->set_name(name); };
}
auto retention(std::int64_t seconds) {
  return [seconds](SeriesRules& rules) { rules.set_retention_seconds(seconds); };
}
auto exclusions(std::vector<std::string> names) {
  return [names = std::move(names)](SeriesRules& rules) {
    for (const std::string& name : names) rules.add_auto_extract_exclusions(name);
  };
}
auto unit(std::string text) {
  return [text = std::move(text)](SeriesRules& rules) { first_value(rules).set_unit(text); };
}
auto description(std::string text) {
  return [text = std::move(text)](SeriesRules& rules) { first_value(rules).set_description(text); };
}
std::string times(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

constexpr char kName[] = "names.location.values[0].name";
constexpr char kPath[] = "names.location.values[0].path";
constexpr char kUnit[] = "names.location.values[0].unit";
constexpr char kDescription[] = "names.location.values[0].description";

INSTANTIATE_TEST_SUITE_P(
    ValueNames, CheckCaseTest,
    testing::Values(
        Case{"plain", name_of_value("lat"), nullptr},
        Case{"blank and dot", name_of_value("a b.c"), nullptr},
        Case{"not ASCII", name_of_value("größe"), nullptr},
        Case{"longest", name_of_value(std::string(128, 'a')), nullptr},
        Case{"too long", name_of_value(std::string(129, 'a')), kName},
        Case{"backslash", name_of_value("a\\b"), kName}, Case{"caret", name_of_value("a^b"), kName},
        Case{"dollar", name_of_value("$a"), kName}, Case{"apostrophe", name_of_value("a'b"), kName},
        Case{"quote", name_of_value("a\"b"), kName}, Case{"equals", name_of_value("a=b"), kName},
        Case{"comma", name_of_value("a,b"), kName}, Case{"control", name_of_value("a\tb"), kName},
        Case{"NUL", name_of_value(std::string("a\0b", 3)), kName},
        Case{"not UTF-8", name_of_value("a\xff"), kName},
        Case{"time", name_of_value("time"), kName}, Case{"Time", name_of_value("Time"), nullptr},
        Case{"kaaEndpointID", name_of_value("kaaEndpointID"), kName},
        Case{"kaaEmpty", name_of_value("kaaEmpty"), kName},
        Case{"_field", name_of_value("_field"), kName},
        Case{"_measurement", name_of_value("_measurement"), kName},
        Case{
            "twice",
            [](SeriesRules& rules) { *rules.mutable_series(0)->add_values() = first_value(rules); },
            "names.location.values[1].name"},
        Case{"the default twice",
             [](SeriesRules& rules) {
               first_value(rules).set_name("value");
               rules.mutable_series(0)->add_values()->set_path("b");
             },
             "names.location.values[1].name"}));

INSTANTIATE_TEST_SUITE_P(
    SeriesNames, CheckCaseTest,
    testing::Values(Case{"upper case", name_of_series("Location_2-x"), nullptr},
                    Case{"longest", name_of_series(std::string(128, 'a')), nullptr},
                    Case{"empty", name_of_series(""), "names.\"\""},
                    Case{"dot", name_of_series("a.b"), "names.\"a.b\""},
                    Case{"auto~", name_of_series("auto~a"), "names.\"auto~a\""},
                    Case{"not ASCII", name_of_series("ä"), "names.\"ä\""},
                    Case{"twice", [](SeriesRules& rules) { *rules.add_series() = rules.series(0); },
                         "names.location"},
                    Case{"no values",
                         [](SeriesRules& rules) { rules.mutable_series(0)->clear_values(); },
                         "names.location.values"}));

INSTANTIATE_TEST_SUITE_P(
    OtherFields, CheckCaseTest,
    testing::Values(
        Case{"path with an index", path_of_value("a[0].b"), nullptr},
        Case{"no path", path_of_value(""), kPath},
        Case{"no such path", path_of_value("a..b"), kPath},
        Case{"path with a control character", path_of_value("a\x1b[2J"), kPath},
        Case{"unit", unit("°C"), nullptr}, Case{"longest unit", unit(times(32, "°")), nullptr},
        Case{"too long a unit", unit(times(33, "°")), kUnit},
        Case{"unit of two lines", unit("a\nb"), kUnit}, Case{"unit no UTF-8", unit("\xff"), kUnit},
        Case{"longest description", description(times(500, "ä")), nullptr},
        Case{"too long a description", description(times(501, "ä")), kDescription},
        Case{"no such type",
             [](SeriesRules& rules) { first_value(rules).set_type(static_cast<v1::ValueType>(9)); },
             "names.location.values[0].type"},
        Case{"no such format",
             [](SeriesRules& rules) {
               rules.mutable_timestamp()->set_format(static_cast<v1::TimestampFormat>(9));
             },
             "timestamp.format"},
        Case{"no such fallback",
             [](SeriesRules& rules) {
               rules.mutable_timestamp()->set_fallback(static_cast<v1::TimestampFallback>(9));
             },
             "timestamp.fallback-strategy"},
        Case{"no such path of the timestamp",
             [](SeriesRules& rules) { rules.mutable_timestamp()->set_path("$"); },
             "timestamp.path"},
        Case{"retention of the deployment", retention(0), nullptr},
        Case{"shortest retention", retention(3'600), nullptr},
        Case{"too short a retention", retention(3'599), "retention"},
        Case{"longest retention", retention(3'153'600'000), nullptr},
        Case{"too long a retention", retention(3'153'600'001), "retention"},
        Case{"negative retention", retention(-1), "retention"},
        Case{"exclusions", exclusions({"a", "b c", "ä"}), nullptr},
        Case{"an exclusion twice", exclusions({"a", "b", "a"}), "auto-extract-exclusions[2]"},
        Case{"an empty exclusion", exclusions({""}), "auto-extract-exclusions[0]"},
        Case{"too long an exclusion", exclusions({std::string(257, 'a')}),
             "auto-extract-exclusions[0]"}));

TEST(CheckTest, HasBoundsOfNumberAndSize) {
  SeriesRules rules;
  for (int i = 0; i <= kMaxExclusions; ++i) {
    rules.add_auto_extract_exclusions("e" + std::to_string(i));
  }
  for (int i = 0; i <= kMaxSeries; ++i) {
    v1::SeriesRule& series = *rules.add_series();
    series.set_name("s" + std::to_string(i));
    for (int j = 0; j < 10; ++j) {
      v1::ValueRule& value = *series.add_values();
      value.set_name("v" + std::to_string(j));
      value.set_path(series.name() + "." + value.name() + std::string(30, 'b'));
    }
  }
  // One too many of each of them: exclusions, series, values (10,010), and bytes.
  EXPECT_THAT(fields_of(check_all(rules)),
              ElementsAre("auto-extract-exclusions", "names", "names", "names"));
}

TEST(CheckTest, ListsEveryFaultWithinWhatAStatusHolds) {
  SeriesRules rules = good_rules();
  first_value(rules).set_path("a..b");
  first_value(rules).set_name("time");
  const std::string two = error::message(check(rules).status());
  EXPECT_THAT(two, StartsWith("cannot use these series rules, 2 of their fields must change:\n"));
  EXPECT_THAT(two, HasSubstr("\nnames.location.values[0].path: cannot read path \"a..b\""));
  EXPECT_THAT(two, HasSubstr("\nnames.location.values[0].name: \"time\" is reserved"));
  EXPECT_THAT(two, Not(HasSubstr("more")));

  for (int i = 0; i < 500; ++i) rules.add_series()->set_name(std::string(200, '='));
  const std::string many = error::message(check(rules).status());
  EXPECT_LT(many.size(), 2200U);
  EXPECT_THAT(many, HasSubstr("\n… and "));
}

}  // namespace
}  // namespace millrace::series_rules
