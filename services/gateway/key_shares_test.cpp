// SPDX-License-Identifier: Apache-2.0
#include "gateway/key_shares.h"

#include <gmock/gmock.h>

#include "lib/error/error.h"
#include "lib/error/retry_after.h"

namespace millrace::gateway {
namespace {

TEST(KeyShares, AKeyTakesItsShareAndNoMore) {
  KeyShares shares("streams", 2);
  EXPECT_TRUE(shares.enter(1).ok());
  EXPECT_TRUE(shares.enter(1).ok());
  const absl::Status full = shares.enter(1);
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(error::message(full), ::testing::HasSubstr("2 streams"));
  EXPECT_NE(error::retry_after(full), std::nullopt);
  EXPECT_TRUE(shares.enter(2).ok()) << "others have theirs";
  shares.leave(1);
  EXPECT_TRUE(shares.enter(1).ok());
}

TEST(KeyShares, AShareBelongsToAKeyHoweverItComes) {
  const auto owner = [](const rpc::Metadata& metadata) { return KeyShares::owner_of(metadata); };
  EXPECT_EQ(owner({{"authorization", "Bearer a"}}),
            owner({{"authorization", "Bearer a"}, {"traceparent", "00-1-1-01"}}));
  EXPECT_NE(owner({{"authorization", "Bearer a"}}), owner({{"authorization", "Bearer b"}}));
  EXPECT_NE(owner({{"api-key", "a"}}), owner({}));
}

}  // namespace
}  // namespace millrace::gateway
