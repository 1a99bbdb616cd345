// SPDX-License-Identifier: Apache-2.0
#include "cli/text_table.h"

#include <gtest/gtest.h>

namespace millrace::cli {
namespace {

TEST(TextTable, ColumnsAreAsWideAsTheirWidestCell) {
  EXPECT_EQ(text_table({{"endpoint_id", "value"}, {{"a", "1"}, {"station-number-7", "23.5"}}}),
            "ENDPOINT ID       VALUE\n"
            "a                 1\n"
            "station-number-7  23.5\n");
}

TEST(TextTable, WithoutRowsThereAreTheHeadings) {
  EXPECT_EQ(text_table({{"name", "value"}, {}}), "NAME  VALUE\n");
}

TEST(TextTable, NoLineEndsInBlanks) {
  EXPECT_EQ(text_table({{"a", "b", "c"}, {{"1", "", ""}}}), "A  B  C\n1\n");
}

TEST(TextTable, CharactersCountOnceHoweverManyBytesTheyHave) {
  EXPECT_EQ(text_table({{"n", "v"}, {{"äöü", "1"}, {"abcd", "2"}}}),
            "N     V\n"
            "äöü   1\n"
            "abcd  2\n");
}

TEST(TextTable, TextOfDevicesCannotSteerTheTerminal) {
  EXPECT_EQ(visible("a\x1b[31mb\n\t\x7f"), "a\\x1b[31mb\\x0a\\x09\\x7f");
  EXPECT_EQ(visible("x\xC2\x9B"
                    "31m"),
            "x\\u009b31m");
  EXPECT_EQ(visible("ä\xC2\xA0€"), "ä\xC2\xA0€");
}

}  // namespace
}  // namespace millrace::cli
