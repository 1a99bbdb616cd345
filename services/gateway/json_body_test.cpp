// SPDX-License-Identifier: Apache-2.0
#include "gateway/json_body.h"

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::gateway {
namespace {

using testing::HasSubstr;

std::string refusal(const std::string& text) {
  const auto parsed = parse_json_body(text);
  EXPECT_TRUE(absl::IsInvalidArgument(parsed.status())) << text;
  return error::message(parsed.status());
}

TEST(JsonBody, IsRead) {
  const auto parsed = parse_json_body(R"({"a":[1,"ä",null]})");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ((*parsed)["a"].Size(), 3U);
}

TEST(JsonBody, WhatIsNoJsonIsRefusedWithItsPlace) {
  EXPECT_THAT(refusal(""), HasSubstr("document is empty"));
  EXPECT_THAT(refusal("{\"a\":}"), HasSubstr("(at byte 5)"));
  EXPECT_THAT(refusal("[1] 2"), HasSubstr("the body is no JSON"));
  EXPECT_THAT(refusal("[\"\xff\"]"), HasSubstr("Invalid encoding"));
  EXPECT_THAT(refusal("[1e999]"), HasSubstr("too big"));
  EXPECT_THAT(refusal("[NaN]"), HasSubstr("the body is no JSON"));
}

TEST(JsonBody, DepthIsBounded) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_TRUE(parse_json_body(nested(kMaxJsonDepth)).ok());
  EXPECT_THAT(refusal(nested(kMaxJsonDepth + 1)), HasSubstr("deeper than 32"));
  EXPECT_THAT(refusal(std::string(8'000'000, '[')), HasSubstr("(at byte 32)"));
  // Side by side, and in strings, brackets go no deeper.
  std::string wide = "[";
  for (int i = 0; i < 100; ++i) wide += "{},[],";
  wide += R"("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"[","\\"])";
  EXPECT_TRUE(parse_json_body(wide).ok());
  EXPECT_THAT(refusal("[\"\\"), HasSubstr("the body is no JSON"));
}

}  // namespace
}  // namespace millrace::gateway
