// SPDX-License-Identifier: Apache-2.0
#include "query/request_field.h"

#include <gtest/gtest.h>

#include "lib/error/error.h"

namespace millrace::query {
namespace {

TEST(RequestField, ANameHasItsBounds) {
  EXPECT_TRUE(check_name("f", "abc", 3).ok());
  EXPECT_EQ(error::message(check_name("f", "", 3)), "f: must not be empty");
  EXPECT_EQ(error::message(check_name("f", "abcd", 3)), "f: has 4 bytes, at most 3 are allowed");
  for (const std::string& name : {std::string("\0", 1), std::string("a\n"), std::string("\x7f")}) {
    EXPECT_EQ(error::message(check_name("f", name, 3)), "f: must not contain control characters");
  }
}

TEST(RequestField, ACountOfNoneIsTheUsualOne) {
  EXPECT_EQ(checked_count("f", 0, {5, 2}).value(), 2);
  EXPECT_EQ(checked_count("f", 5, {5, 2}).value(), 5);
  for (const int given : {-1, 6}) {
    EXPECT_EQ(error::message(checked_count("f", given, {5, 2}).status()),
              "f: is " + std::to_string(given) + ", must be 0 to 5");
  }
}

}  // namespace
}  // namespace millrace::query
