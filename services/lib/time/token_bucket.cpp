// SPDX-License-Identifier: Apache-2.0
#include "lib/time/token_bucket.h"

#include <algorithm>

namespace millrace::time {
namespace {

// A rate of one a millennium must not overflow what is told.
constexpr double kLongestSeconds = 1e9;
// Ten times a tenth is less than one in binary: without it, who waits as long as told is early.
constexpr double kRounding = 1e-9;

}  // namespace

void TokenBucket::fill(const BucketRate& rate, Instant now) {
  if (!begun_) {
    begun_ = true;
    level_ = rate.burst;
    filled_at_ = now;
    return;
  }
  if (now > filled_at_) {
    level_ += std::chrono::duration<double>(now - filled_at_).count() * rate.per_second;
    filled_at_ = now;
  }
  level_ = std::min(level_, rate.burst);
}

bool TokenBucket::has_one(const BucketRate& rate, Instant now) {
  fill(rate, now);
  return level_ >= 1 - kRounding;
}

std::chrono::nanoseconds TokenBucket::take(const BucketRate& rate, Instant now) {
  if (has_one(rate, now)) {
    level_ -= 1;
    return std::chrono::nanoseconds{0};
  }
  const double seconds = std::min((1 - level_) / rate.per_second, kLongestSeconds);
  const auto wait =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
  return std::max(wait, std::chrono::nanoseconds{1});
}

void TokenBucket::charge(const BucketRate& rate, Instant now) {
  fill(rate, now);
  level_ = std::max(level_ - 1, -rate.burst);
}

void TokenBucket::give_back(const BucketRate& rate) {
  level_ = std::min(level_ + 1, rate.burst);
}

}  // namespace millrace::time
