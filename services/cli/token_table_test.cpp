// SPDX-License-Identifier: Apache-2.0
#include "cli/token_table.h"

#include <gmock/gmock.h>

namespace millrace::cli {
namespace {

using testing::ElementsAre;

TEST(TokenTable, StatesAreWords) {
  EXPECT_EQ(word(registry::v1::TOKEN_STATE_INACTIVE), "inactive");
  EXPECT_EQ(word(registry::v1::TOKEN_STATE_ACTIVE), "active");
  EXPECT_EQ(word(registry::v1::TOKEN_STATE_SUSPENDED), "suspended");
  EXPECT_EQ(word(registry::v1::TOKEN_STATE_REVOKED), "revoked");
  EXPECT_EQ(word(static_cast<registry::v1::TokenState>(99)), "unknown");
}

TEST(TokenTable, ATokenIsALineWithoutItsText) {
  registry::v1::Token token;
  token.set_token_id(17);
  token.set_endpoint_id("station-7");
  token.set_state(registry::v1::TOKEN_STATE_ACTIVE);
  token.mutable_created_at()->set_seconds(86'400);
  const Table table = table_of(token);
  ASSERT_EQ(table.rows.size(), 1U);
  EXPECT_EQ(table.rows[0].size(), table.columns.size());
  EXPECT_THAT(table.rows[0], ElementsAre("17", "station-7", "active", "1970-01-02T00:00:00Z", ""));
}

}  // namespace
}  // namespace millrace::cli
