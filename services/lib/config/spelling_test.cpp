// SPDX-License-Identifier: Apache-2.0
#include "lib/config/spelling.h"

#include <gtest/gtest.h>

namespace millrace::config {
namespace {

TEST(EditDistance, CountsInsertedRemovedReplacedAndSwappedLetters) {
  EXPECT_EQ(edit_distance("", ""), 0);
  EXPECT_EQ(edit_distance("listen", "listen"), 0);
  EXPECT_EQ(edit_distance("listen", "listn"), 1);
  EXPECT_EQ(edit_distance("listen", "listenn"), 1);
  EXPECT_EQ(edit_distance("listen", "lisyen"), 1);
  EXPECT_EQ(edit_distance("listen", "lsiten"), 1);
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("http-listen", "grpc-listen"), 4);
}

TEST(Nearest, IsTheKnownNameWithTheFewestEdits) {
  const std::vector<std::string> known{"http-listen", "https-listen", "log-level"};
  EXPECT_EQ(nearest("htp-listen", known), "http-listen");
  EXPECT_EQ(nearest("https-listn", known), "https-listen");
  EXPECT_EQ(nearest("log-lvel", known), "log-level");
}

TEST(Nearest, SaysNothingForFarOrVeryShortWords) {
  EXPECT_EQ(nearest("database-url", {"http-listen"}), std::nullopt);
  EXPECT_EQ(nearest("x", {"xy"}), std::nullopt);
  EXPECT_EQ(nearest("listen", {}), std::nullopt);
}

}  // namespace
}  // namespace millrace::config
