// SPDX-License-Identifier: Apache-2.0
#include "lib/telemetry/json_number.h"

#include <gtest/gtest.h>

namespace millrace::telemetry {
namespace {

TEST(JsonNumber, LengthIsThatOfTheLongestNumber) {
  EXPECT_EQ(json_number_length("0"), 1U);
  EXPECT_EQ(json_number_length("-0"), 2U);
  EXPECT_EQ(json_number_length("47%"), 2U);
  EXPECT_EQ(json_number_length("-1.5e3x"), 6U);
  EXPECT_EQ(json_number_length("1e400"), 5U);
  EXPECT_EQ(json_number_length("1E+07m"), 5U);
  EXPECT_EQ(json_number_length("007"), 1U);
  EXPECT_EQ(json_number_length("1."), 1U);
  EXPECT_EQ(json_number_length("1.e5"), 1U);
  EXPECT_EQ(json_number_length("5e"), 1U);
  EXPECT_EQ(json_number_length("5e+"), 1U);
}

TEST(JsonNumber, LengthIsZeroWhereNoNumberBegins) {
  EXPECT_EQ(json_number_length(""), 0U);
  EXPECT_EQ(json_number_length("-"), 0U);
  EXPECT_EQ(json_number_length("+1"), 0U);
  EXPECT_EQ(json_number_length(".5"), 0U);
  EXPECT_EQ(json_number_length("NaN"), 0U);
  EXPECT_EQ(json_number_length(" 1"), 0U);
}

std::string blanked(std::string json) {
  blank_numbers(json);
  return json;
}

TEST(JsonNumber, BlankingKeepsLengthAndStructure) {
  EXPECT_EQ(blanked("[1e400,-2.5]"), "[0    ,0   ]");
  EXPECT_EQ(blanked("{\"a\":12}"), "{\"a\":0 }");
  EXPECT_EQ(blanked("[true,false,null]"), "[true,false,null]");
}

TEST(JsonNumber, BlankingLeavesStringsAlone) {
  EXPECT_EQ(blanked(R"({"12":"1e400","a\"5":"\\",6:7})"), R"({"12":"1e400","a\"5":"\\",0:0})");
  EXPECT_EQ(blanked("\"12"), "\"12");
  EXPECT_EQ(blanked("\"12\\"), "\"12\\");
}

TEST(JsonNumber, BlankingLeavesWhatIsNoNumber) {
  EXPECT_EQ(blanked("[01,1.,+1,1-2,--3,1e]"), "[01,1.,+1,1-2,--3,1e]");
}

TEST(JsonNumber, TextIsTheShortestThatReadsBack) {
  EXPECT_EQ(number_text(23), "23");
  EXPECT_EQ(number_text(0.1), "0.1");
  EXPECT_EQ(number_text(-0.0), "-0");
  EXPECT_EQ(number_text(1e20), "1e+20");
  EXPECT_EQ(number_text(5e-324), "5e-324");
  EXPECT_EQ(number_text(-1.7976931348623157e308), "-1.7976931348623157e+308");
}

}  // namespace
}  // namespace millrace::telemetry
