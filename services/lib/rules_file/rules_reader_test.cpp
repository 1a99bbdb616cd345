// SPDX-License-Identifier: Apache-2.0
#include "lib/rules_file/rules_reader.h"

#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace millrace::rules_file {
namespace {

namespace v1 = configuration::v1;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

RulesReader read(std::string_view text, const std::string& application_name = "") {
  const auto tree = read_yaml(text);
  RulesReader reader;
  if (const auto* fault = std::get_if<FileFault>(&tree)) {
    ADD_FAILURE() << fault->line << ": " << fault->what;
    return reader;
  }
  const auto& root = std::get<YamlNode>(tree);
  if (RulesReader::is_kaa(root)) {
    reader.read_kaa(root, application_name);
  } else {
    reader.read_plain(root);
  }
  reader.check();
  return reader;
}

std::vector<std::string> texts_of(const std::vector<FileFault>& faults) {
  std::vector<std::string> texts;
  for (const FileFault& fault : faults) {
    texts.push_back(std::to_string(fault.line) + " " + fault.what);
  }
  return texts;
}

constexpr char kEverything[] = R"(
auto-extract: true
auto-extract-strings-and-booleans: True
auto-extract-exclusions: [battery, "no such"]
names:
  location:
    values:
      - path: $.location.latitude
        name: latitude
        type: Number
        unit: "°"
        description: north of the equator
      - path: location.place
        name: place
        type: string
  on:
    values: [{path: switch.on, type: boolean}]
timestamp:
  path: at
  format: MILLIS-unix-epoch
  fallback-strategy: server-timestamp
retention: 90d
)";

TEST(RulesReaderTest, ReadsEveryKey) {
  const RulesReader reader = read(kEverything);
  EXPECT_THAT(texts_of(reader.faults()), IsEmpty());
  const v1::SeriesRules& rules = reader.rules();
  EXPECT_TRUE(rules.auto_extract());
  EXPECT_TRUE(rules.auto_extract_strings_and_booleans());
  EXPECT_THAT(rules.auto_extract_exclusions(), ElementsAre("battery", "no such"));
  ASSERT_EQ(rules.series_size(), 2);
  EXPECT_EQ(rules.series(0).name(), "location");
  const v1::ValueRule& latitude = rules.series(0).values(0);
  EXPECT_EQ(latitude.path(), "location.latitude");
  EXPECT_EQ(latitude.name(), "latitude");
  EXPECT_EQ(latitude.type(), v1::VALUE_TYPE_NUMBER);
  EXPECT_EQ(latitude.unit(), "°");
  EXPECT_EQ(latitude.description(), "north of the equator");
  EXPECT_EQ(rules.series(0).values(1).type(), v1::VALUE_TYPE_STRING);
  EXPECT_EQ(rules.series(1).values(0).name(), "value");
  EXPECT_EQ(rules.series(1).values(0).type(), v1::VALUE_TYPE_BOOLEAN);
  EXPECT_EQ(rules.timestamp().path(), "at");
  EXPECT_EQ(rules.timestamp().format(), v1::TIMESTAMP_FORMAT_MILLIS_UNIX_EPOCH);
  EXPECT_EQ(rules.timestamp().fallback(), v1::TIMESTAMP_FALLBACK_SERVER_TIMESTAMP);
  EXPECT_EQ(rules.retention_seconds(), 90 * 86'400);
}

constexpr char kKaa[] = R"(
kaa:
  applications:
    greenhouse:
      versions:
        greenhouse-v1:
      time-series:
        auto-extract: true
        names:
          location:
            values: [{path: "$.latitude", name: latitude, type: Number}]
        timestamp: {path: ts, format: millis-unix-epoch, fallback-strategy: server-timestamp}
)";

TEST(RulesReaderTest, ReadsTheNestingOfKaa) {
  const RulesReader reader = read(kKaa);
  EXPECT_THAT(texts_of(reader.faults()), IsEmpty());
  EXPECT_EQ(reader.application_name(), "greenhouse");
  EXPECT_TRUE(reader.rules().auto_extract());
  EXPECT_EQ(reader.rules().series(0).values(0).path(), "latitude");
  EXPECT_EQ(reader.rules().timestamp().path(), "ts");
  EXPECT_THAT(texts_of(reader.notes()),
              ElementsAre(HasSubstr("\"greenhouse\".versions: passed over")));
}

TEST(RulesReaderTest, ChoosesAmongTheApplicationsOfKaa) {
  constexpr char kTwo[] =
      "kaa:\n  applications:\n    a: {time-series: {retention: 1d}}\n    b: {time-series: {}}\n";
  const RulesReader a = read(kTwo, "a");
  EXPECT_EQ(a.application_name(), "a");
  EXPECT_EQ(a.rules().retention_seconds(), 86'400);
  EXPECT_THAT(texts_of(a.notes()), ElementsAre(HasSubstr("other applications")));
  EXPECT_EQ(read(kTwo, "b").rules().retention_seconds(), 0);
  EXPECT_THAT(texts_of(read(kTwo).faults()), ElementsAre(HasSubstr("several applications")));
  EXPECT_THAT(texts_of(read(kTwo, "c").faults()),
              ElementsAre(HasSubstr("there is no application \"c\"; there are \"a\", \"b\"")));
}

struct Case {
  const char* text;
  std::vector<std::string> faults;  // line and text of each
};
void PrintTo(const Case& example, std::ostream* out) {
  *out << example.text;
}

class FaultTest : public testing::TestWithParam<Case> {};

TEST_P(FaultTest, HasLineAndField) {
  EXPECT_EQ(texts_of(read(GetParam().text).faults()), GetParam().faults);
}

INSTANTIATE_TEST_SUITE_P(
    Keys, FaultTest,
    testing::Values(
        Case{"auto-extrakt: true",
             {"1 \"auto-extrakt\": there is no such key; did you mean "
              "auto-extract?"}},
        Case{"foo: 1",
             {"1 \"foo\": there is no such key; there are auto-extract, "
              "auto-extract-strings-and-booleans, auto-extract-exclusions, names, timestamp, "
              "retention"}},
        Case{"retention: 1d\nretention: 2d", {"2 retention: it is there twice"}},
        Case{"timestamp:\n  path: a\n  formaat: iso8601",
             {"3 timestamp.\"formaat\": there is no such key; did you mean format?"}},
        Case{"names:\n  a:\n    values: [{path: a}]\n  a:\n    values: [{path: b}]",
             {"4 names.a: it is there twice"}},
        Case{"names:\n  a:\n    value: [{path: a}]",
             {"3 names.a.\"value\": there is no such key; did you mean values?",
              "2 names.a.values: a series must have at least one value"}},
        Case{"names:\n  a:\n    values:\n      - pth: a\n        path: a",
             {"4 names.a.values[0].\"pth\": there is no such key; there are path, name, type, "
              "unit, description"}},
        Case{"names:\n  \"a\\e[2J\":\n    values: [{path: a}]",
             {"2 names.\"a\\x1b[2J\": the name of a series must have 1 to 128 characters of A-Z "
              "a-z 0-9 - _"}},
        Case{"kaa:\n  aplications: {}",
             {"2 kaa.\"aplications\": there is no such key; did you "
              "mean applications?"}},
        Case{"kaa: {applications: {}}", {"1 kaa: there is no application in it"}},
        Case{"kaa: {applications: {a: {}}}",
             {"1 kaa.applications.\"a\": there is no time-series in it"}},
        Case{"kaa: {applications: {a: {time-series: {retention: 1d}}}}\nretention: 1d",
             {"2 \"retention\": there is no such key; there are kaa"}}));

INSTANTIATE_TEST_SUITE_P(
    Values, FaultTest,
    testing::Values(
        Case{"- a", {"1 keys such as auto-extract and names should stand here; {} takes nothing"}},
        Case{"auto-extract: 1", {"1 auto-extract: true or false should stand here"}},
        Case{"auto-extract: \"true\"", {"1 auto-extract: true or false should stand here"}},
        Case{"auto-extract: yes", {"1 auto-extract: true or false should stand here"}},
        Case{"auto-extract-exclusions: a",
             {"1 auto-extract-exclusions: a list should stand here, each entry after a - or all "
              "of them in [ ]"}},
        Case{"auto-extract-exclusions:\n  - a\n  - [b]",
             {"3 auto-extract-exclusions[1]: a text should stand here"}},
        Case{"auto-extract-exclusions:\n  - a\n  - b\n  - a",
             {"4 auto-extract-exclusions[2]: \"a\" is there twice"}},
        Case{"names: 5",
             {"1 names: keys with their values should stand here, as in `path: "
              "location`"}},
        Case{"names:\n  a:\n    values:\n    - path: x\n    -\n      name: b",
             {"6 names.a.values[1].path: it is missing: say where in a sample the value is, as in "
              "location.latitude"}},
        Case{"names:\n  a:\n    values:\n    - path: x\n      type: float",
             {"5 names.a.values[0].type: \"float\" is none of number, string, boolean"}},
        Case{"names:\n  a:\n    values:\n    - path: x\n      name: time",
             {"5 names.a.values[0].name: \"time\" is reserved; use another name"}},
        Case{"names:\n  a:\n    values:\n    - path: [x]",
             {"4 names.a.values[0].path: a text should stand here"}},
        Case{"timestamp: {path: a, format: unix}",
             {"1 timestamp.format: \"unix\" is none of iso8601, unix-epoch, millis-unix-epoch, "
              "micros-unix-epoch, nanos-unix-epoch"}},
        Case{"timestamp: {path: a, fallback-strategy: drop}",
             {"1 timestamp.fallback-strategy: \"drop\" is none of fail, server-timestamp"}},
        Case{"retention: 1500ms", {"1 retention: \"1500ms\" is no whole number of seconds"}},
        Case{"retention: 59m",
             {"1 retention: 3540 seconds must be from 3600 (1h) to 3153600000 (36500d)"}}));

INSTANTIATE_TEST_SUITE_P(
    NothingWrong, FaultTest,
    testing::Values(Case{"{}", {}}, Case{"names:", {}}, Case{"names: {}", {}},
                    Case{"timestamp:\n  path:\n  format: iso8601\n  fallback-strategy: fail", {}},
                    Case{"auto-extract:", {}}, Case{"retention: ~", {}},
                    Case{"{\"names\":{\"a\":{\"values\":[{\"path\":\"x\"}]}}}", {}},
                    Case{"names: {a: {values: [{path: 5, name: null}]}}", {}}));

TEST(RulesReaderTest, SaysAllThatIsWrongAtOnce) {
  EXPECT_EQ(
      read("auto-extract: perhaps\nretention: 5\nnames:\n  a b:\n    values: []\n").faults().size(),
      4U);
}

}  // namespace
}  // namespace millrace::rules_file
