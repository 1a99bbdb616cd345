// SPDX-License-Identifier: Apache-2.0
#include "registry/token.h"

#include <gmock/gmock.h>

#include "registry/field_rules.h"

namespace millrace::registry {
namespace {

using ::testing::MatchesRegex;

TEST(Token, GeneratedOnesAreTwentyLettersAndDigits) {
  EXPECT_THAT(generate_token(), MatchesRegex("[A-Za-z0-9]{20}"));
  EXPECT_NE(generate_token(), generate_token());
  EXPECT_TRUE(check_token("token", generate_token()).ok());
}

TEST(Token, ChangesOnlyAsItsStateAllows) {
  const auto inactive = v1::TOKEN_STATE_INACTIVE;
  const auto active = v1::TOKEN_STATE_ACTIVE;
  const auto suspended = v1::TOKEN_STATE_SUSPENDED;
  const auto revoked = v1::TOKEN_STATE_REVOKED;
  for (const auto from : {inactive, active, suspended}) {
    EXPECT_TRUE(may_change(from, active)) << from;
    EXPECT_TRUE(may_change(from, suspended)) << from;
    EXPECT_TRUE(may_change(from, revoked)) << from;
    EXPECT_FALSE(may_change(from, inactive)) << from;
  }
  EXPECT_FALSE(may_change(revoked, active));
  EXPECT_FALSE(may_change(revoked, suspended));
  EXPECT_FALSE(may_change(revoked, inactive));
  EXPECT_TRUE(may_change(revoked, revoked)) << "a repeated call";
  EXPECT_FALSE(may_change(active, v1::TOKEN_STATE_UNSPECIFIED));
}

TEST(Token, StatesHaveNames) {
  EXPECT_EQ(name_of(v1::TOKEN_STATE_INACTIVE), "inactive");
  EXPECT_EQ(name_of(v1::TOKEN_STATE_REVOKED), "revoked");
  EXPECT_EQ(name_of(v1::TOKEN_STATE_UNSPECIFIED), "unspecified");
}

}  // namespace
}  // namespace millrace::registry
