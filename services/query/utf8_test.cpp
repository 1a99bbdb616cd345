// SPDX-License-Identifier: Apache-2.0
#include "query/utf8.h"

#include <gtest/gtest.h>

namespace millrace::query {
namespace {

constexpr char kBad[] = "\xEF\xBF\xBD";

TEST(Utf8, ValidTextStaysAsItIs) {
  const std::string text = "a\0\x7f\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF";
  EXPECT_EQ(valid_utf8(text), text);
  EXPECT_EQ(valid_utf8(std::string_view("\0x", 2)), std::string("\0x", 2));
  EXPECT_EQ(valid_utf8(""), "");
}

TEST(Utf8, EachByteOfNoCharacterIsReplaced) {
  EXPECT_EQ(valid_utf8("a\xFF"
                       "b"),
            std::string("a") + kBad + "b");
  EXPECT_EQ(valid_utf8("\x80"), kBad);
  EXPECT_EQ(valid_utf8("\xC3"), kBad);
  EXPECT_EQ(valid_utf8("\xE2\x82"), std::string(kBad) + kBad);
  EXPECT_EQ(valid_utf8("\xC0\xAF"), std::string(kBad) + kBad) << "overlong";
  EXPECT_EQ(valid_utf8("\xE0\x80\x80"), std::string(kBad) + kBad + kBad) << "overlong";
  EXPECT_EQ(valid_utf8("\xED\xA0\x80"), std::string(kBad) + kBad + kBad) << "surrogate";
  EXPECT_EQ(valid_utf8("\xF0\x80\x80\x80").size(), 12U) << "overlong";
  EXPECT_EQ(valid_utf8("\xF4\x90\x80\x80").size(), 12U) << "beyond U+10FFFF";
  EXPECT_EQ(valid_utf8("\xF5\x80\x80\x80").size(), 12U) << "beyond U+10FFFF";
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
}  // namespace millrace::query
