// SPDX-License-Identifier: Apache-2.0
#include "cli/csv.h"

#include <gtest/gtest.h>

namespace millrace::cli {
namespace {

TEST(Csv, PlainFieldsStandAsTheyAre) {
  EXPECT_EQ(csv_line({"a", "", "auto~t", " b ", "1e+20", "ä;\t'"}),
            "a,,auto~t, b ,1e+20,ä;\t'\r\n");
}

TEST(Csv, CommasQuotesAndLineBreaksAreQuoted) {
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("say \"x\""), "\"say \"\"x\"\"\"");
  EXPECT_EQ(csv_field("a\nb"), "\"a\nb\"");
  EXPECT_EQ(csv_field("a\rb"), "\"a\rb\"");
  EXPECT_EQ(csv_field("\""), "\"\"\"\"");
}

}  // namespace
}  // namespace millrace::cli
