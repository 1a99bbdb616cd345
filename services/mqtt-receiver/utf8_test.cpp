// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/utf8.h"

#include <string>

#include <gtest/gtest.h>

namespace millrace::mqtt_receiver {
namespace {

TEST(TextTest, WellFormedUtf8IsText) {
  for (const std::string_view text :
       {"", "kp1/demo-v1/dcx/token/json", "\u00e4\u20ac", "\xF0\x9F\x98\x80",
        "\xEF\xBB\xBF"
        "bom",
        "\xED\x9F\xBF", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF", "\xEF\xBF\xBF"}) {
    EXPECT_TRUE(is_valid_text(text)) << text;
  }
}

TEST(TextTest, NulIsNoText) {
  EXPECT_FALSE(is_valid_text(std::string_view("a\0b", 3)));
}

TEST(TextTest, IllFormedUtf8IsNoText) {
  for (const std::string_view bytes : {
           "\x80",              // a continuation alone
           "\xC3",              // cut
           "\xE2\x82",          // cut
           "\xF0\x9F\x98",      // cut
           "\xC0\xAF",          // overlong
           "\xC1\xBF",          // overlong
           "\xE0\x9F\xBF",      // overlong
           "\xF0\x8F\xBF\xBF",  // overlong
           "\xED\xA0\x80",      // surrogate U+D800
           "\xED\xBF\xBF",      // surrogate U+DFFF
           "\xF4\x90\x80\x80",  // above U+10FFFF
           "\xF5\x80\x80\x80",
           "\xFF",
           "\xC3\x28",
           "\xE2\x28\xA1",
           "\xE2\x82\x28",
           "\xF0\x9F\x98\x28",
           "\xF0\x9F\x28\x80",
       }) {
    EXPECT_FALSE(is_valid_text(bytes)) << ::testing::PrintToString(bytes);
  }
}

}  // namespace
}  // namespace millrace::mqtt_receiver
