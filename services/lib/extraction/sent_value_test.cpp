// SPDX-License-Identifier: Apache-2.0
#include "lib/extraction/sent_value.h"

#include <string>

#include <gtest/gtest.h>

namespace millrace::extraction {
namespace {

// Of the value behind the first colon.
std::string sent(const std::string& json, std::size_t max_bytes = 100) {
  return std::string(sent_value(json, json.find(':') + 1, max_bytes));
}

TEST(SentValue, EndsWhereTheValueEnds) {
  EXPECT_EQ(sent(R"({"a":1,"b":2})"), "1");
  EXPECT_EQ(sent(R"({"a":-1.5e3 ,"b":2})"), "-1.5e3");
  EXPECT_EQ(sent(R"({"a":true})"), "true");
  EXPECT_EQ(sent(R"({"a":null})"), "null");
  EXPECT_EQ(sent(R"({"a":"x,}]y","b":2})"), R"("x,}]y")");
  EXPECT_EQ(sent(R"({"a":"\"\\","b":2})"), R"("\"\\")");
  EXPECT_EQ(sent(R"({"a":"","b":2})"), R"("")");
  EXPECT_EQ(sent(R"({"a":{},"b":2})"), "{}");
  EXPECT_EQ(sent(R"({"a":[[1],{"c":"]"}, 2],"b":2})"), R"([[1],{"c":"]"}, 2])");
  EXPECT_EQ(sent(":7"), "7");
}

TEST(SentValue, IsCutBetweenCharacters) {
  EXPECT_EQ(sent(R"({"a":12345})", 3), "123");
  EXPECT_EQ(sent(R"({"a":"äöü"})", 4), "\"ä");
  EXPECT_EQ(sent(R"({"a":[1,[2,3]]})", 5), "[1,[2");
  EXPECT_EQ(sent(R"({"a":"x\"y"})", 3), "\"x\\");
  EXPECT_EQ(sent(R"({"a":1})", 0), "");
}

TEST(SentValue, IsNothingBeyondTheText) {
  EXPECT_EQ(sent_value("{}", 9, 10), "");
}

}  // namespace
}  // namespace millrace::extraction
