// SPDX-License-Identifier: Apache-2.0
#include "lib/utf8/utf8.h"

#include <gtest/gtest.h>

namespace millrace::utf8 {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kCharacters[] = {
    "a"sv,
    "\0"sv,
    "\x7F"sv,
    "\xC2\x80"sv,
    "\u00e4"sv,
    "\u20ac"sv,
    "\xEF\xBB\xBF"sv,  // byte order mark
    "\xED\x9F\xBF"sv,  // the last one before the surrogates
    "\xEE\x80\x80"sv,  // the first one behind them
    "\xEF\xBF\xBF"sv,
    "\xF0\x9F\x98\x80"sv,
    "\xF4\x8F\xBF\xBF"sv,  // U+10FFFF
};

// None of their bytes belongs to a character, but for ASCII.
constexpr std::string_view kIllFormed[] = {
    "\x80"sv,              // a continuation alone
    "\xC3"sv,              // cut
    "\xE2\x82"sv,          // cut
    "\xF0\x9F\x98"sv,      // cut
    "\xC0\xAF"sv,          // overlong
    "\xC1\xBF"sv,          // overlong
    "\xE0\x9F\xBF"sv,      // overlong
    "\xF0\x8F\xBF\xBF"sv,  // overlong
    "\xED\xA0\x80"sv,      // surrogate U+D800
    "\xED\xBF\xBF"sv,      // surrogate U+DFFF
    "\xF4\x90\x80\x80"sv,  // above U+10FFFF
    "\xF5\x80\x80\x80"sv,
    "\xFF"sv,
    "\xC3\x28"sv,
    "\xE2\x28\xA1"sv,
    "\xE2\x82\x28"sv,
    "\xF0\x9F\x98\x28"sv,
    "\xF0\x9F\x28\x80"sv,
};

TEST(Utf8, ACharacterHasOneToFourBytes) {
  for (const std::string_view character : kCharacters) {
    EXPECT_EQ(character_length(character), character.size()) << ::testing::PrintToString(character);
    EXPECT_EQ(character_length(std::string(character) + "\x80"), character.size())
        << ::testing::PrintToString(character);
    EXPECT_TRUE(is_valid(character)) << ::testing::PrintToString(character);
  }
  EXPECT_EQ(character_length(""), 0U);
}

TEST(Utf8, WhatIsIllFormedIsNoCharacter) {
  for (const std::string_view bytes : kIllFormed) {
    EXPECT_EQ(character_length(bytes), 0U) << ::testing::PrintToString(bytes);
    EXPECT_FALSE(is_valid(bytes)) << ::testing::PrintToString(bytes);
    EXPECT_FALSE(is_valid("kp1/" + std::string(bytes))) << ::testing::PrintToString(bytes);
    EXPECT_FALSE(is_valid(std::string(bytes) + "/json")) << ::testing::PrintToString(bytes);
  }
}

TEST(Utf8, ValidTextStaysAsItIs) {
  std::string text;
  for (const std::string_view character : kCharacters) text += character;
  EXPECT_TRUE(is_valid(text));
  EXPECT_EQ(with_replacements(text), text);
  EXPECT_TRUE(is_valid(""));
  EXPECT_EQ(with_replacements(""), "");
}

TEST(Utf8, EachByteOfNoCharacterIsReplaced) {
  for (const std::string_view bytes : kIllFormed) {
    std::string expected;
    for (const char c : bytes) {
      expected += static_cast<unsigned char>(c) < 0x80 ? std::string_view(&c, 1) : kReplacement;
    }
    EXPECT_EQ(with_replacements(bytes), expected) << ::testing::PrintToString(bytes);
    EXPECT_EQ(with_replacements("a" + std::string(bytes) + "b"), "a" + expected + "b");
  }
}

TEST(Utf8, ACharacterThatTheCutWentThroughIsDropped) {
  EXPECT_EQ(without_cut_character("ab\xC3"), "ab");
  EXPECT_EQ(without_cut_character("ab\xE2\x82"), "ab");
  EXPECT_EQ(without_cut_character("ab\xF0\x9F\x98"), "ab");
  EXPECT_EQ(without_cut_character("\xF0"), "");
}

TEST(Utf8, ACutBetweenCharactersDropsNothing) {
  for (const char* text :
       {"", "ab", "ab\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\x80\x80\x80\x80"}) {
    EXPECT_EQ(without_cut_character(text), text);
  }
}

}  // namespace
}  // namespace millrace::utf8
