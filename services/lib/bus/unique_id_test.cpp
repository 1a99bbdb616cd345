// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/unique_id.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::bus {
namespace {

TEST(UniqueId, ARandomTokenIsTwentyLettersFitForASubject) {
  EXPECT_THAT(random_token(), testing::MatchesRegex("[a-z2-7]{20}"));
}

TEST(UniqueId, TwoRandomTokensDiffer) {
  EXPECT_NE(random_token(), random_token());
}

TEST(UniqueId, IdsOfOneSourceShareAPrefixAndCount) {
  UniqueIds ids;
  const std::string first = ids.next();
  const std::string second = ids.next();
  EXPECT_THAT(first, testing::EndsWith("-1"));
  EXPECT_THAT(second, testing::EndsWith("-2"));
  EXPECT_EQ(first.substr(0, 21), second.substr(0, 21));
}

}  // namespace
}  // namespace millrace::bus
