// SPDX-License-Identifier: Apache-2.0
#include "lib/telemetry/sample_json.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "lib/error/error.h"

namespace millrace::telemetry {
namespace {

using std::string_literals::operator""s;

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  result.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

std::string nested(std::size_t depth, std::string_view open, std::string_view close) {
  return repeated(open, depth) + "1" + repeated(close, depth);
}

void expect_samples(std::string_view body, std::uint32_t samples) {
  const auto checked = check_upload(body, SampleLimits{});
  ASSERT_TRUE(checked.ok()) << body.substr(0, 80) << ": " << checked.status();
  EXPECT_EQ(checked->sample_count, samples) << body.substr(0, 80);
  EXPECT_EQ(checked->json, body);
}

// `error` is the text of the refusal after "cannot read the body as JSON: ".
void expect_not_json(std::string_view body, const std::string& error) {
  const auto checked = check_upload(body, SampleLimits{});
  ASSERT_FALSE(checked.ok()) << body.substr(0, 80);
  EXPECT_EQ(checked.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(error::message(checked.status()), "cannot read the body as JSON: " + error)
      << body.substr(0, 80);
}

TEST(SampleJson, AnyValueButAnArrayIsOneSample) {
  expect_samples(R"({"temperature":23,"humidity":48})", 1);
  expect_samples("{}", 1);
  expect_samples("23", 1);
  expect_samples("true", 1);
  expect_samples("null", 1);
  expect_samples(R"("on")", 1);
  expect_samples(R"("")", 1);
  expect_samples(R"({"a":{"b":[1,2,{"c":[3]}]}})", 1);
}

TEST(SampleJson, AnArrayIsABatchOfItsElements) {
  expect_samples("[]", 0);
  expect_samples("[ ]", 0);
  expect_samples("[85,34]", 2);
  expect_samples("[[85,34]]", 1);
  expect_samples("[[]]", 1);
  expect_samples(R"([{"a":1},2,"x",null,true,[1,2]])", 6);
  expect_samples(R"([{"a":[1,2,3]},{"a":[4]}])", 2);
}

TEST(SampleJson, BlanksAroundTheValueAreSkipped) {
  expect_samples(" \t\r\n {\"a\":1} \n", 1);
  expect_samples("[\n  {\n    \"temperature\": 23\n  }\n]\n", 1);
}

TEST(SampleJson, NumbersAreCheckedForGrammarOnly) {
  expect_samples("-0", 1);
  expect_samples("9007199254740993", 1);  // 2^53 + 1
  expect_samples("18446744073709551616", 1);
  expect_samples("1e400", 1);
  expect_samples("-1E+99999999999999999999", 1);
  expect_samples("1e-400", 1);
  expect_samples("1e-99999999999999999999", 1);
  expect_samples("0." + std::string(5'000, '3'), 1);
  expect_samples(std::string(5'000, '7'), 1);
  expect_samples(R"([1e400,{"a":-1e999,"b":"1e400"},2])", 3);
}

TEST(SampleJson, WhatLooksLikeANumberAndIsNoneIsRefused) {
  const std::string not_a_value =
      "not a JSON value; NaN, Infinity, single quotes and bare words are not JSON";
  expect_not_json("NaN", "byte 0: " + not_a_value);
  expect_not_json("[1,NaN]", "byte 3: " + not_a_value);
  expect_not_json("Infinity", "byte 0: " + not_a_value);
  expect_not_json("-Infinity", "byte 1: " + not_a_value);
  expect_not_json("nan", "byte 1: " + not_a_value);
  expect_not_json("+1", "byte 0: " + not_a_value);
  expect_not_json(".5", "byte 0: " + not_a_value);
  expect_not_json("-", "byte 1: " + not_a_value);
  expect_not_json("1.", "byte 2: Miss fraction part in number.");
  expect_not_json("1e", "byte 2: Miss exponent in number.");
  expect_not_json("01", "byte 1: more text after the value; put several samples into an array");
  expect_not_json("0x1F", "byte 1: more text after the value; put several samples into an array");
  expect_not_json("1e400.5", "byte 0: not a JSON number");
  expect_not_json("[1e400,]", "byte 7: " + not_a_value);
  expect_not_json("[1e400,01]", "byte 8: Missing a comma or ']' after an array element.");
}

TEST(SampleJson, StringsMayHoldAnyEscapedCharacter) {
  expect_samples(R"({"a":"\u0000"})", 1);
  expect_samples(R"("\ud83d\ude00")", 1);
  expect_samples("\"\xF0\x9F\x98\x80 \xC3\xA4 \xED\x9F\xBF \x7F\"", 1);
  expect_samples(R"("\ud7ff \ue000 \uffff")", 1);
  expect_samples(R"({"\u0000":1})", 1);
}

TEST(SampleJson, BadEscapesAreRefused) {
  const std::string surrogate =
      "a \\u escape in a string is half of a surrogate pair; send both halves";
  expect_not_json(R"("\ud800")", "byte 1: " + surrogate);
  expect_not_json(R"("\ud800\ud800")", "byte 1: " + surrogate);
  expect_not_json(R"("\udc00")", "byte 8: " + surrogate);
  expect_not_json(R"({"\uDFFF":1})", "byte 9: " + surrogate);
  expect_not_json(R"(["\ud83d\ude00\ude00"])", "byte 21: " + surrogate);
  expect_not_json(R"("\u12g4")", "byte 1: Incorrect hex digit after \\u escape in string.");
  const std::string escape =
      "a string holds an unknown escape or a control character; write it as \\u00XX";
  expect_not_json(R"("\x41")", "byte 1: " + escape);
  expect_not_json("\"a\nb\"", "byte 2: " + escape);
  expect_not_json("\"a\x01\"", "byte 2: " + escape);
}

TEST(SampleJson, TextThatIsNotUtf8IsRefused) {
  const std::string encoding = "a string holds bytes that are not UTF-8; encode it";
  for (const std::string& bytes : std::vector<std::string>{"\xE4",              // Latin-1 a-umlaut
                                                           "\xC3",              // cut
                                                           "\xC0\x80",          // NUL, overlong
                                                           "\xE0\x80\xAF",      // overlong
                                                           "\xED\xA0\x80",      // surrogate
                                                           "\xF4\x90\x80\x80",  // beyond U+10FFFF
                                                           "\x80",  // continuation alone
                                                           "\xFF", "\xF8\x88\x80\x80\x80"}) {
    const auto checked = check_upload("{\"a\":\"" + bytes + "\"}", SampleLimits{});
    ASSERT_FALSE(checked.ok());
    EXPECT_NE(error::message(checked.status()).find(encoding), std::string::npos)
        << checked.status();
    const auto key = check_upload("{\"" + bytes + "\":1}", SampleLimits{});
    EXPECT_FALSE(key.ok());
  }
  expect_not_json("[\"ok\",\"\xE4\"]", "byte 7: " + encoding);
  EXPECT_FALSE(check_upload("\xE4", SampleLimits{}).ok());
  EXPECT_FALSE(check_upload("\xFF\xFE[\0]\0"s, SampleLimits{}).ok());  // UTF-16
}

TEST(SampleJson, AByteOrderMarkIsStripped) {
  const auto checked = check_upload("\xEF\xBB\xBF{\"a\":1}", SampleLimits{});
  ASSERT_TRUE(checked.ok());
  EXPECT_EQ(checked->json, "{\"a\":1}");
  EXPECT_EQ(checked->sample_count, 1U);
  expect_not_json("\xEF\xBB\xBF{\"a\":1}x",
                  "byte 10: more text after the value; put several samples into an array");
  EXPECT_FALSE(check_upload("\xEF\xBB\xBF\xEF\xBB\xBF{}", SampleLimits{}).ok());
  EXPECT_FALSE(check_upload("{}\xEF\xBB\xBF", SampleLimits{}).ok());
}

TEST(SampleJson, AnEmptyBodyIsRefused) {
  const std::string nothing = "nothing there; send one JSON value, or an array of several samples";
  expect_not_json("", "byte 0: " + nothing);
  expect_not_json(" \n", "byte 2: " + nothing);
  expect_not_json("\xEF\xBB\xBF", "byte 3: " + nothing);
}

TEST(SampleJson, MoreTextAfterTheValueIsRefused) {
  const std::string more = "more text after the value; put several samples into an array";
  expect_not_json("{} {}", "byte 3: " + more);
  expect_not_json("1,2", "byte 1: " + more);
  expect_not_json("[1]]", "byte 3: " + more);
  expect_not_json("{}//", "byte 2: " + more);
  expect_not_json("{\"a\":1}\0"s, "byte 7: a NUL byte; remove it");
  expect_not_json("[1] \0garbage"s, "byte 4: a NUL byte; remove it");
}

TEST(SampleJson, DamagedStructureIsRefusedWithItsPlace) {
  expect_not_json("{\"a\":1", "byte 6: Missing a comma or '}' after an object member.");
  expect_not_json("{\"a\" 1}", "byte 5: Missing a colon after a name of object member.");
  expect_not_json("{a:1}", "byte 1: Missing a name for object member.");
  expect_not_json("{\"a\":1,}", "byte 7: Missing a name for object member.");
  expect_not_json("[1 2]", "byte 3: Missing a comma or ']' after an array element.");
  expect_not_json("[",
                  "byte 1: " + std::string("not a JSON value; NaN, Infinity, single quotes and "
                                           "bare words are not JSON"));
  expect_not_json("\"abc", "byte 4: Missing a closing quotation mark in string.");
  expect_not_json("\"a\0b\""s, "byte 2: Missing a closing quotation mark in string.");
  EXPECT_FALSE(check_upload("{'a':1}", SampleLimits{}).ok());
  EXPECT_FALSE(check_upload("[1]/* no */", SampleLimits{}).ok());
  EXPECT_FALSE(check_upload("temperature=23&humidity=48", SampleLimits{}).ok());
}

TEST(SampleJson, DuplicateKeysAreTaken) {
  expect_samples(R"({"a":1,"a":2})", 1);
}

TEST(SampleJson, DepthUpToTheLimitIsTaken) {
  expect_samples(nested(64, "[", "]"), 1);
  expect_samples(nested(64, "{\"a\":", "}"), 1);
}

TEST(SampleJson, DeeperNestingIsRefusedBeforeItIsFollowed) {
  for (const std::string& body :
       {nested(65, "[", "]"), nested(100'000, "[", "]"), nested(100'000, "{\"a\":", "}"),
        std::string(1'000'000, '['), "[1e400," + std::string(100'000, '[')}) {
    const auto checked = check_upload(body, SampleLimits{});
    ASSERT_FALSE(checked.ok());
    EXPECT_EQ(checked.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(error::message(checked.status()).find("nested deeper than 64 levels"),
              std::string::npos)
        << checked.status();
  }
}

TEST(SampleJson, MoreSamplesThanAllowedAreRefused) {
  const SampleLimits limits{.max_depth = 64, .max_samples = 3};
  EXPECT_TRUE(check_upload("[1,2,3]", limits).ok());
  const auto checked = check_upload("[1,2,3,4]", limits);
  EXPECT_EQ(checked.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(error::message(checked.status()),
            "cannot take the body: more than 3 samples; send them in several uploads");
}

// A body of ASCII without escapes is walked another way than one with any other byte.
TEST(SampleJson, WhetherABodyIsPlainAsciiChangesNothing) {
  const std::string plain[] = {
      R"({"a":1,"b":[true,null,-0.5e-3],"c":{"d":"x"}})",
      "{\"a\":\"control \x01\"}",
      R"({"a":01})",
      R"({"a":1.})",
      R"({"a":-})",
      R"({"a":"never ends})",
      R"({"a" 1})",
      R"({"a":1,})",
      R"([1,2)",
      R"(tru)",
      "{\"a\":\"NUL\0\"}"s,
      repeated(R"({"field":12.5,"text":"some words"},)", 3000) + "1",  // more than is kept
  };
  for (const std::string& body : plain) {
    std::string alone = "[";
    alone += body;
    std::string beside = alone;
    alone += R"(,"ee"])";  // as many bytes as the other
    beside += ",\"\xC3\xA9\"]";
    const auto walked = check_upload(alone, SampleLimits{});
    const auto other = check_upload(beside, SampleLimits{});
    ASSERT_EQ(walked.status(), other.status()) << body.substr(0, 80);
    if (!walked.ok()) continue;
    EXPECT_EQ(walked->sample_count, other->sample_count) << body.substr(0, 80);
  }
}

TEST(SampleJson, BigBodiesAreTakenWhole) {
  expect_samples("\"" + std::string(1'000'000, 'x') + "\"", 1);
  expect_samples("[" + repeated("{\"a\":1.5},", 9'999) + "{\"a\":1.5}]", 10'000);
  expect_samples("{\"a\":1" + repeated(",\"key\":1234567890", 50'000) + "}", 1);
}

TEST(SampleJson, ManyHugeNumbersCostOneMoreWalkOnly) {
  expect_samples("{\"a\":[1e400" + repeated(",1e400", 150'000) + "]}", 1);
}

}  // namespace
}  // namespace millrace::telemetry
