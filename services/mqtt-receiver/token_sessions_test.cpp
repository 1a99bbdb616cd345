// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/token_sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::mqtt_receiver {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST(TokenSessionsTest, FindsTheConnectionsThatUsedAToken) {
  TokenSessions sessions;
  sessions.add(1, 100);
  sessions.add(1, 200);
  sessions.add(2, 100);
  sessions.add(2, 100);
  EXPECT_THAT(sessions.using_token(100), UnorderedElementsAre(1, 2));
  EXPECT_THAT(sessions.using_token(200), UnorderedElementsAre(1));
  EXPECT_THAT(sessions.using_token(300), IsEmpty());
}

TEST(TokenSessionsTest, AConnectionThatEndsIsForgotten) {
  TokenSessions sessions;
  sessions.add(1, 100);
  sessions.add(2, 100);
  sessions.add(1, 200);
  sessions.remove(1);
  sessions.remove(1);
  EXPECT_THAT(sessions.using_token(100), UnorderedElementsAre(2));
  EXPECT_EQ(sessions.token_count(), 1U);
}

TEST(TokenSessionsTest, OfAGatewayTheLatestTokensAreRemembered) {
  TokenSessions sessions;
  for (std::size_t i = 0; i <= kMaxTokensPerConnection; ++i) {
    sessions.add(1, static_cast<std::int64_t>(i));
  }
  EXPECT_EQ(sessions.token_count(), kMaxTokensPerConnection);
  EXPECT_THAT(sessions.using_token(0), IsEmpty());
  EXPECT_THAT(sessions.using_token(1), UnorderedElementsAre(1));
  sessions.remove(1);
  EXPECT_EQ(sessions.token_count(), 0U);
}

}  // namespace
}  // namespace millrace::mqtt_receiver
