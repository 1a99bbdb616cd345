// SPDX-License-Identifier: Apache-2.0
#include "lib/extraction/extraction.h"

#include <memory>
#include <string>
#include <utility>

#include "lib/extraction/extraction_fixture.h"

namespace millrace::extraction {
namespace {

std::shared_ptr<const CompiledRules> compiled(const std::string& rules) {
  auto compiled = CompiledRules::compile(rules_of(rules));
  EXPECT_TRUE(compiled.ok()) << compiled.status();
  return *std::move(compiled);
}

const CompiledRules& auto_extraction() {
  static const auto kRules = compiled("version: 1 auto_extract: true");
  return *kRules;
}

const CompiledRules& nothing() {
  static const auto kRules = compiled("version: 1");
  return *kRules;
}

std::string extracted(const std::string& json, std::uint32_t sample_count = 1,
                      ExtractionLimits limits = {}) {
  Extraction extraction(limits);
  const absl::Status status = extraction.extract(json, sample_count, auto_extraction());
  return status.ok() ? told(extraction) : error::message(status);
}

TEST(Extraction, TakesEachNumberAtTheRootOfAnObject) {
  EXPECT_EQ(extracted(R"({"temperature":23,"humidity":48.5})"), "temperature=23 humidity=48.5");
}

TEST(Extraction, TakesNothingWhenAutoExtractionIsOff) {
  Extraction extraction({});
  ASSERT_TRUE(extraction.extract(R"([{"a":1},{"b":2}])", 2, nothing()).ok());
  EXPECT_EQ(told(extraction), "-; -");
}

TEST(Extraction, TakesABatchApartIntoSamplesInOrder) {
  EXPECT_EQ(extracted(R"([{"a":1},{"a":2,"b":3},{"c":4}])", 3), "a=1; a=2 b=3; c=4");
}

TEST(Extraction, LeavesOutWhatIsNotANumber) {
  EXPECT_EQ(extracted(R"({"a":"1","b":true,"c":false,"d":null,"e":5})"), "e=5");
}

TEST(Extraction, LeavesOutNestedValues) {
  EXPECT_EQ(extracted(R"({"a":1,"in":{"a":2,"b":3,"deep":{"a":4}},"list":[5,{"a":6}],"z":7})"),
            "a=1 z=7");
}

TEST(Extraction, FindsNothingInSamplesThatAreNoObjects) {
  EXPECT_EQ(extracted("17"), "-");
  EXPECT_EQ(extracted("\"text\""), "-");
  EXPECT_EQ(extracted("true"), "-");
  EXPECT_EQ(extracted("null"), "-");
  EXPECT_EQ(extracted("[85,34]", 2), "-; -");
  EXPECT_EQ(extracted("[[85,34]]"), "-");
  EXPECT_EQ(extracted(R"([[{"a":1}],{"a":2},3,"x",{}])", 5), "-; a=2; -; -; -");
}

TEST(Extraction, FindsNoSamplesInAnEmptyArray) {
  EXPECT_EQ(extracted("[]", 0), "");
}

TEST(Extraction, KeepsTheCaseOfNames) {
  EXPECT_EQ(extracted(R"({"fuelLevel":1,"FUELLEVEL":2})"), "fuelLevel=1 FUELLEVEL=2");
}

TEST(Extraction, NeverTakesTheFieldTimestamp) {
  EXPECT_EQ(extracted(R"({"timestamp":1600000000000,"Timestamp":1,"a":2})"), "Timestamp=1 a=2");
}

TEST(Extraction, SkipsNamesOfOtherCharacters) {
  EXPECT_EQ(extracted(R"({"a b":1,"ü":2,"":3,"a.b":4,"a$":5,"auto~x":6,"a-b_C9":7})"), "a-b_C9=7");
}

TEST(Extraction, SkipsANameWithNul) {
  EXPECT_EQ(extracted(R"({"a\u0000b":1,"a\u0000":2,"b":3})"), "b=3");
}

TEST(Extraction, ReadsNamesWithEscapes) {
  EXPECT_EQ(extracted(R"({"\u0061":1,"a":2})"), "a=2");
}

TEST(Extraction, TakesTheLastValueOfANameGivenTwice) {
  EXPECT_EQ(extracted(R"({"a":1,"b":2,"a":3})"), "a=3 b=2");
  EXPECT_EQ(extracted(R"({"a":1,"a":"text"})"), "-");
  EXPECT_EQ(extracted(R"({"a":1,"a":{"a":2}})"), "-");
  EXPECT_EQ(extracted(R"({"a":1,"a":[2]})"), "-");
  EXPECT_EQ(extracted(R"({"a":"text","a":1})"), "a=1");
  EXPECT_EQ(extracted(R"({"a":1,"a":null,"a":2})"), "a=2");
  EXPECT_EQ(extracted(R"({"a":1e400,"a":1})"), "a=1");
  EXPECT_EQ(extracted(R"({"a":1,"a":1e400})"), "!number_out_of_range(a:1e400)");
}

TEST(Extraction, ForgetsTheNamesOfTheSampleBefore) {
  EXPECT_EQ(extracted(R"([{"a":1,"b":1},{"b":2},{"a":3}])", 3), "a=1 b=1; b=2; a=3");
}

TEST(Extraction, RefusesANumberNoDoubleHoldsAndTakesTheOthers) {
  EXPECT_EQ(extracted(R"({"a":1e400,"b":1,"c":-1e400})"),
            "b=1 !number_out_of_range(a:1e400) !number_out_of_range(c:-1e400)");
  EXPECT_EQ(extracted(R"([{"a":1e400},{"a":1}])", 2), "!number_out_of_range(a:1e400); a=1");
}

TEST(Extraction, DoesNotLookAtNumbersThatGiveNoSeries) {
  EXPECT_EQ(extracted(R"({"timestamp":1e400,"a b":1e400,"in":{"a":1e400},"z":1})"), "z=1");
}

TEST(Extraction, RefusesASampleWithTooManyFieldsAsAWhole) {
  const ExtractionLimits limits{.max_fields = 3};
  EXPECT_EQ(extracted(R"({"a":1,"b":2,"c":3})", 1, limits), "a=1 b=2 c=3");
  EXPECT_EQ(extracted(R"([{"a":1,"b":2e999,"c":3,"d":4},{"e":5}])", 2, limits),
            "!too_many_fields(); e=5");
}

TEST(Extraction, CountsOnlyFieldsThatGiveSeriesAndEachOnce) {
  const ExtractionLimits limits{.max_fields = 2};
  EXPECT_EQ(extracted(R"({"a":1,"b":"x","c":null,"a":2,"d":3,"timestamp":4,"e e":5})", 1, limits),
            "a=2 d=3");
}

TEST(Extraction, RefusesANameThatIsTooLong) {
  const ExtractionLimits limits{.max_name_bytes = 4};
  EXPECT_EQ(extracted(R"({"four":1,"fiver":2,"sixers":3})", 1, limits),
            "four=1 !name_too_long(fiver:2)");
}

TEST(Extraction, GivesTheTextOfEachObject) {
  const std::string json = R"( [ {"a": 1} , 5,{"b":"\u0041","c":[{}]}	, {} ] )";
  Extraction extraction({});
  ASSERT_TRUE(extraction.extract(json, 4, auto_extraction()).ok());
  EXPECT_EQ(extraction.samples()[0].json, R"({"a": 1})");
  EXPECT_EQ(extraction.samples()[1].json, "");
  EXPECT_EQ(extraction.samples()[2].json, R"({"b":"\u0041","c":[{}]})");
  EXPECT_EQ(extraction.samples()[3].json, "{}");
  ASSERT_TRUE(extraction.extract(R"( {"a":1} )", 1, auto_extraction()).ok());
  EXPECT_EQ(extraction.samples()[0].json, R"({"a":1})");
}

TEST(Extraction, RefusesWhatIsNoJson) {
  for (const char* text : {"", "{", R"({"a":})", R"({"a":NaN})", R"({"a":01})", R"({"a":1,})",
                           R"([{"a":1})", R"({"a":1}x)", "{'a':1}", R"({"a":Infinity})"}) {
    EXPECT_EQ(extracted(text).rfind("cannot extract from upload: not JSON at byte", 0), 0U) << text;
  }
  const std::string hidden = std::string(R"({"a":1})") + '\0' + "x";
  EXPECT_EQ(extracted(hidden), "cannot extract from upload: not JSON at byte 7: NUL");
}

TEST(Extraction, RefusesNestingThatWouldExhaustTheStack) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(extracted(deep), "cannot extract from upload: nested more than 1000 levels deep");
  const std::string objects = [] {
    std::string text;
    for (int i = 0; i < 50'000; ++i) text += "{\"a\":";
    return text;
  }();
  EXPECT_EQ(extracted(objects), "cannot extract from upload: nested more than 1000 levels deep");
}

TEST(Extraction, RefusesAnotherNumberOfSamplesThanAnnounced) {
  EXPECT_EQ(extracted(R"([{"a":1},{"a":2}])", 1),
            "cannot extract from upload: it has more than 1 samples and should have 1");
  EXPECT_EQ(extracted(R"([{"a":1},{"a":2}])", 3),
            "cannot extract from upload: it has exactly 2 samples and should have 3");
}

TEST(Extraction, DoesNotBelieveAForgedCountWhenNothingIsToBeExtracted) {
  Extraction extraction({});
  EXPECT_EQ(error::message(extraction.extract("[1,2]", 4'000'000'000, nothing())),
            "cannot extract from upload: 5 bytes cannot hold 4000000000 samples");
}

TEST(Extraction, StartsAfreshAfterAFailure) {
  Extraction extraction({});
  EXPECT_FALSE(extraction.extract(R"([{"a":1},[[[)", 2, auto_extraction()).ok());
  ASSERT_TRUE(extraction.extract(R"({"b":2})", 1, auto_extraction()).ok());
  EXPECT_EQ(told(extraction), "b=2");
}

TEST(Extraction, TakesAThousandFieldsWithCollidingPrefixes) {
  std::string json = "{";
  for (int i = 0; i < 1000; ++i) json += fmt::format("{}\"field_{}\":{}", i ? "," : "", i, i);
  Extraction extraction({});
  ASSERT_TRUE(extraction.extract(json + "}", 1, auto_extraction()).ok());
  ASSERT_EQ(extraction.samples()[0].values.size(), 1000U);
  EXPECT_EQ(extraction.samples()[0].values[999].series, "field_999");
  EXPECT_EQ(extraction.samples()[0].values[999].number, 999);
}

}  // namespace
}  // namespace millrace::extraction
