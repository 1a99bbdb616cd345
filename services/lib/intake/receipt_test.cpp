// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "lib/intake/intake.h"

namespace millrace::intake {
namespace {

TEST(Receipt, ErrorObjectHasCodeAndPhrase) {
  const Receipt receipt{Receipt::Code::kNotFound, "unknown token", {}, 0};
  EXPECT_EQ(error_object(receipt), R"({"statusCode":404,"reasonPhrase":"unknown token"})");
}

TEST(Receipt, ErrorObjectEscapesThePhrase) {
  EXPECT_EQ(error_object(400, "say \"no\"\n"),
            R"({"statusCode":400,"reasonPhrase":"say \"no\"\n"})");
}

}  // namespace
}  // namespace millrace::intake
