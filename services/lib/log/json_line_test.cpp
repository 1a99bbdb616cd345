// SPDX-License-Identifier: Apache-2.0
#include "lib/log/json_line.h"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace millrace::log {
namespace {

const time::UnixMicros kMoment = time::from_unix_us(1'795'415'460'000'250);

std::string line_with(const std::vector<Field>& fields) {
  const std::string line = json_line(
      {.time = kMoment, .level = Level::kInfo, .service = "s", .event = "e", .fields = fields});
  const std::string head =
      R"({"time":"2026-11-23T06:31:00.000250Z","level":"info","service":"s","event":"e")";
  EXPECT_EQ(line.substr(0, head.size()), head);
  return line.substr(head.size());
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(JsonLine, WritesEachKindOfValueAsJson) {
  EXPECT_EQ(line_with({}), "}");
  EXPECT_EQ(line_with({{"text", "x"}, {"count", -3}, {"rate", 0.5}, {"whole", 1e20}, {"on", true}}),
            R"(,"text":"x","count":-3,"rate":0.5,"whole":1e+20,"on":true})");
  EXPECT_EQ(line_with({{"rate", std::numeric_limits<double>::quiet_NaN()},
                       {"top", std::numeric_limits<double>::infinity()}}),
            R"(,"rate":"nan","top":"inf"})");
}

TEST(JsonLine, LeavesOutAFieldWithoutAValue) {
  const std::optional<std::string_view> none;
  EXPECT_EQ(line_with({{"a", none}, {"b", std::optional<std::string_view>("x")}, {"c", none}}),
            R"(,"b":"x"})");
}

TEST(JsonLine, EscapesWhatWouldBreakTheLine) {
  EXPECT_EQ(line_with({{"x", std::string("\"\\\n\t\x01\x7f\0end", 10)}}),
            R"(,"x":"\"\\\n\u0009\u0001\u007f\u0000end"})");
}

TEST(JsonLine, CutsLongTextAndSaysSo) {
  EXPECT_EQ(line_with({{"x", std::string(1024, 'a')}}),
            R"(,"x":")" + std::string(1024, 'a') + R"("})");
  EXPECT_EQ(line_with({{"x", std::string(1025, 'a')}}),
            R"(,"x":")" + std::string(1021, 'a') + "…\"}");
}

TEST(CleanUtf8, CutsBetweenCharacters) {
  EXPECT_EQ(clean_utf8("größer", 100), "größer");
  EXPECT_EQ(clean_utf8("ééééé", 9), "ééé…");  // 6 + 3 bytes
  EXPECT_EQ(clean_utf8("ééééé", 8), "éé…");   // a third é would leave no room
  EXPECT_EQ(clean_utf8("😀😀😀", 11), "😀😀…");    // 8 + 3 bytes
  EXPECT_EQ(clean_utf8(repeated("€", 400), 1024).size(), 1023U);
}

TEST(CleanUtf8, ReplacesEachByteThatBelongsToNoCharacter) {
  EXPECT_EQ(clean_utf8("a\xFF"
                       "b",
                       100),
            "a\uFFFDb");
  EXPECT_EQ(clean_utf8("\xC3", 100), "\uFFFD");                           // cut short
  EXPECT_EQ(clean_utf8("\xC0\xAF", 100), "\uFFFD\uFFFD");                 // overlong
  EXPECT_EQ(clean_utf8("\xE0\x80\xAF", 100), "\uFFFD\uFFFD\uFFFD");       // overlong
  EXPECT_EQ(clean_utf8("\xED\xA0\x80", 100), "\uFFFD\uFFFD\uFFFD");       // surrogate
  EXPECT_EQ(clean_utf8("\xF4\x90\x80\x80", 100), repeated("\uFFFD", 4));  // above U+10FFFF
  EXPECT_EQ(clean_utf8("\xF4\x8F\xBF\xBF", 100), "\xF4\x8F\xBF\xBF");
}

TEST(CleanUtf8, BoundsWhatReplacementsMakeLonger) {
  EXPECT_LE(clean_utf8(std::string(2000, '\xFF'), 1024).size(), 1024U);
}

}  // namespace
}  // namespace millrace::log
