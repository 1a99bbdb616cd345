// SPDX-License-Identifier: Apache-2.0
#include "lib/csv/csv.h"

#include <gtest/gtest.h>

namespace millrace::csv {
namespace {

TEST(Csv, PlainFieldsStandAsTheyAre) {
  EXPECT_EQ(line({"a", "", "auto~t", " b ", "1e+20", "ä;\t'"}), "a,,auto~t, b ,1e+20,ä;\t'\r\n");
}

TEST(Csv, CommasQuotesAndLineBreaksAreQuoted) {
  EXPECT_EQ(field("a,b"), "\"a,b\"");
  EXPECT_EQ(field("say \"x\""), "\"say \"\"x\"\"\"");
  EXPECT_EQ(field("a\nb"), "\"a\nb\"");
  EXPECT_EQ(field("a\rb"), "\"a\rb\"");
  EXPECT_EQ(field("\""), "\"\"\"\"");
}

TEST(Csv, WhatASpreadsheetWouldRunGetsAnApostrophe) {
  EXPECT_EQ(without_formula("=1+1"), "'=1+1");
  EXPECT_EQ(without_formula("+1"), "'+1");
  EXPECT_EQ(without_formula("-5 °C"), "'-5 °C");
  EXPECT_EQ(without_formula("@SUM(A1)"), "'@SUM(A1)");
  EXPECT_EQ(without_formula("\t=1"), "'\t=1");
  EXPECT_EQ(without_formula("\r=1"), "'\r=1");
  for (const char* text : {"", "a=1", "'", " =1", "5-3", "1e+20"}) {
    EXPECT_EQ(without_formula(text), text);
  }
}

}  // namespace
}  // namespace millrace::csv
