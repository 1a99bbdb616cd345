// SPDX-License-Identifier: Apache-2.0
#include "lib/series_rules/field.h"

#include <gtest/gtest.h>

namespace millrace::series_rules {
namespace {

TEST(FieldTest, IsCalledAsInTheFile) {
  EXPECT_EQ(series_field("location"), "names.location");
  EXPECT_EQ(value_field("location", 1), "names.location.values[1]");
}

TEST(FieldTest, QuotesWhatIsNoName) {
  EXPECT_EQ(series_field(""), "names.\"\"");
  EXPECT_EQ(series_field("a b"), "names.\"a b\"");
  EXPECT_EQ(value_field("a.b", 0), "names.\"a.b\".values[0]");
}

TEST(FieldTest, NamesHaveTheirCharactersAndLength) {
  EXPECT_TRUE(is_series_name("aZ09-_"));
  EXPECT_TRUE(is_series_name(std::string(kMaxSeriesNameBytes, 'a')));
  EXPECT_FALSE(is_series_name(std::string(kMaxSeriesNameBytes + 1, 'a')));
  for (const char* name : {"", "auto~a", "a.b", "a b", "ä", "a/b"}) {
    EXPECT_FALSE(is_series_name(name)) << name;
  }
}

TEST(FieldTest, StoredSeriesMayBeOfAutoExtraction) {
  for (const char* name : {"aZ09-_", "auto~a"}) EXPECT_TRUE(is_stored_series_name(name)) << name;
  EXPECT_TRUE(is_stored_series_name(std::string(kMaxSeriesNameBytes, '~')));
  EXPECT_FALSE(is_stored_series_name(std::string(kMaxSeriesNameBytes + 1, 'a')));
  for (const char* name : {"", "a.b", "a b", "ä", "a/b", "*", ">"}) {
    EXPECT_FALSE(is_stored_series_name(name)) << name;
  }
}

TEST(FieldTest, ValuesHaveTheirNamesToo) {
  EXPECT_TRUE(is_value_name("a b.c~ä"));
  EXPECT_TRUE(is_value_name(std::string(kMaxValueNameBytes, 'a')));
  EXPECT_FALSE(is_value_name(std::string(kMaxValueNameBytes + 1, 'a')));
  for (const char* name : {"", "a=b", "a,b", "a\n", "\x7f", "a\xff", "time", "_field"}) {
    EXPECT_FALSE(is_value_name(name)) << name;
  }
}

TEST(FieldTest, ShowsAHostileTextHarmlessly) {
  EXPECT_EQ(shown("\x1b[2J"), "\"\\x1b[2J\"");
  EXPECT_EQ(shown("a\xff"), "\"a\xEF\xBF\xBD\"");
  EXPECT_EQ(shown(std::string(39, 'a') + "ä"), "\"" + std::string(39, 'a') + "…\"");
}

}  // namespace
}  // namespace millrace::series_rules
