// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/stamps.h"

#include <algorithm>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace millrace::intake {
namespace {

constexpr std::int64_t kNowUs = 1'700'000'000'000'000;
const time::UnixMicros kNow = time::from_unix_us(kNowUs);

TEST(Stamps, AreTheTimeOfReceipt) {
  const registry_client::Identity identity;
  EXPECT_EQ(reserve_receipt_times(identity, kNow, 1), kNowUs);
  EXPECT_EQ(reserve_receipt_times(identity, kNow + std::chrono::seconds{1}, 1), kNowUs + 1'000'000);
}

TEST(Stamps, OfOneInstantFollowEachOther) {
  const registry_client::Identity identity;
  EXPECT_EQ(reserve_receipt_times(identity, kNow, 3), kNowUs);
  EXPECT_EQ(reserve_receipt_times(identity, kNow, 1), kNowUs + 3);
  EXPECT_EQ(reserve_receipt_times(identity, kNow, 1), kNowUs + 4);
}

TEST(Stamps, OfABatchReserveAMicrosecondASample) {
  const registry_client::Identity identity;
  reserve_receipt_times(identity, kNow, 10'000);
  EXPECT_EQ(reserve_receipt_times(identity, kNow + std::chrono::microseconds{9'999}, 1),
            kNowUs + 10'000);
  EXPECT_EQ(reserve_receipt_times(identity, kNow + std::chrono::microseconds{20'000}, 1),
            kNowUs + 20'000);
}

TEST(Stamps, GoOnWhenTheClockIsSetBack) {
  const registry_client::Identity identity;
  reserve_receipt_times(identity, kNow, 1);
  EXPECT_EQ(reserve_receipt_times(identity, kNow - std::chrono::hours{1}, 1), kNowUs + 1);
}

TEST(Stamps, OfDifferentEndpointsAreIndependent) {
  const registry_client::Identity one;
  const registry_client::Identity other;
  reserve_receipt_times(one, kNow, 100);
  EXPECT_EQ(reserve_receipt_times(other, kNow, 1), kNowUs);
}

TEST(Stamps, FromManyThreadsNeverOverlap) {
  constexpr int kThreads = 4;
  constexpr int kUploads = 5'000;
  constexpr std::uint32_t kSamples = 3;
  const registry_client::Identity identity;
  std::vector<std::vector<std::int64_t>> firsts(kThreads);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : firsts) {
      threads.emplace_back([&mine, &identity] {
        for (int i = 0; i < kUploads; ++i) {
          mine.push_back(reserve_receipt_times(identity, kNow, kSamples));
        }
      });
    }
  }
  std::vector<std::int64_t> all;
  for (const auto& mine : firsts) all.insert(all.end(), mine.begin(), mine.end());
  std::sort(all.begin(), all.end());
  for (std::size_t i = 0; i < all.size(); ++i) {
    ASSERT_EQ(all[i], kNowUs + static_cast<std::int64_t>(i) * kSamples);
  }
}

}  // namespace
}  // namespace millrace::intake
