// SPDX-License-Identifier: Apache-2.0
#include "lib/series_rules/path.h"

#include <string>

#include <gtest/gtest.h>

namespace millrace::series_rules {
namespace {

struct Case {
  const char* text;
  const char* bare;  // null: refused
};

class PathTest : public testing::TestWithParam<Case> {};

TEST_P(PathTest, IsReadAndWrittenBack) {
  const auto path = parse_path(GetParam().text);
  ASSERT_EQ(path.ok(), GetParam().bare != nullptr) << path.status();
  if (path.ok()) {
    EXPECT_EQ(path_text(*path), GetParam().bare);
    EXPECT_EQ(parse_path(path_text(*path)).value(), *path);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Forms, PathTest,
    testing::Values(Case{"a", "a"}, Case{"a.b", "a.b"}, Case{"$.a.b", "a.b"}, Case{"$", nullptr},
                    Case{"a[0].b", "a[0].b"}, Case{"a[0][12]", "a[0][12]"},
                    Case{"$.a[007]", "a[7]"}, Case{"wind speed", "wind speed"}, Case{"ä.ö", "ä.ö"},
                    Case{"$$.a", "$$.a"}, Case{"a[999999]", "a[999999]"}, Case{"", nullptr},
                    Case{"$.", nullptr}, Case{".a", nullptr}, Case{"a.", nullptr},
                    Case{"a..b", nullptr}, Case{"[0].a", nullptr}, Case{"$[0]", nullptr},
                    Case{"a[", nullptr}, Case{"a]", nullptr}, Case{"a[]", nullptr},
                    Case{"a[-1]", nullptr}, Case{"a[+1]", nullptr}, Case{"a[1000000]", nullptr},
                    Case{"a[99999999999999999999]", nullptr}, Case{"a[*]", nullptr},
                    Case{"a[0]b", nullptr}, Case{"a\xff", nullptr}));

TEST(PathTest, NamesTheByteThatIsWrong) {
  EXPECT_EQ(parse_path("a..b").status().message(),
            "cannot read path \"a..b\": a name is missing at byte 2");
}

TEST(PathTest, HasBounds) {
  EXPECT_TRUE(parse_path(std::string(kMaxPathBytes, 'a')).ok());
  EXPECT_FALSE(parse_path(std::string(kMaxPathBytes + 1, 'a')).ok());
  std::string deep = "a";
  for (std::size_t i = 1; i < kMaxPathSteps; ++i) deep += ".a";
  EXPECT_TRUE(parse_path(deep).ok());
  EXPECT_FALSE(parse_path(deep + ".a").ok());
}

TEST(PathTest, RefusesNul) {
  EXPECT_FALSE(parse_path(std::string_view("a\0b", 3)).ok());
}

}  // namespace
}  // namespace millrace::series_rules
