// SPDX-License-Identifier: Apache-2.0
#include "registry/page_token.h"

#include <gtest/gtest.h>

namespace millrace::registry {
namespace {

const PageScope kScope{"ListEndpoints", "demo"};

TEST(PageToken, ComesBackAsTheLastKey) {
  const std::string token = make_page_token(kScope, "endpoint-7");
  EXPECT_EQ(*read_page_token(kScope, token), "endpoint-7");
}

TEST(PageToken, HoldsTheLongestKey) {
  const std::string title_and_id(800 + 36, '\xC3');
  EXPECT_EQ(*read_page_token(kScope, make_page_token(kScope, title_and_id)), title_and_id);
}

TEST(PageToken, TheFirstPageHasNone) {
  EXPECT_EQ(*read_page_token(kScope, ""), "");
}

TEST(PageToken, IsRefusedForAnotherList) {
  const std::string token = make_page_token(kScope, "a");
  EXPECT_FALSE(read_page_token({"ListAppVersions", "demo"}, token).ok());
  EXPECT_FALSE(read_page_token({"ListEndpoints", "other"}, token).ok());
  EXPECT_FALSE(read_page_token({"ListEndpoints", ""}, token).ok());
}

TEST(PageToken, IsRefusedWhenAnythingOfItChanged) {
  const std::string token = make_page_token(kScope, "abc");
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_EQ(read_page_token(kScope, changed).status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_FALSE(read_page_token(kScope, token.substr(0, i + 1)).ok() && i + 1 < token.size());
  }
}

TEST(PageToken, RefusesTextThatIsNone) {
  for (const std::string& token :
       {std::string("x"), std::string("zz"), std::string("abc"), std::string(16, 'a'),
        std::string(2050, 'a'), std::string(1, '\0')}) {
    EXPECT_FALSE(read_page_token(kScope, token).ok()) << token;
  }
}

}  // namespace
}  // namespace millrace::registry
