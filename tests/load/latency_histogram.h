// SPDX-License-Identifier: Apache-2.0
//
// Latencies of any number of uploads in 35 KB: counts in buckets that are at most 1/128 wide, as in
// HdrHistogram. From 1 ns to 18 minutes; longer ones count as that, but max() is exact.
// For one thread.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace millrace::load {

class LatencyHistogram {
 public:
  // Less than nothing counts as nothing.
  void record(std::chrono::nanoseconds latency);

  std::uint64_t count() const { return count_; }
  // The latency that the share `q` (0 to 1) of all do not exceed, at most 1/128 too long and never
  // too short; 0 when nothing was recorded.
  std::chrono::nanoseconds quantile(double q) const;
  std::chrono::nanoseconds max() const { return std::chrono::nanoseconds(max_); }

 private:
  static constexpr int kSubBits = 7;     // 128 buckets for each doubling
  static constexpr int kValueBits = 40;  // of nanoseconds
  static constexpr std::size_t kBuckets = (kValueBits - kSubBits + 1U) << kSubBits;

  static std::size_t bucket_of(std::uint64_t value);
  // The largest value of the bucket.
  static std::uint64_t top_of(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t count_ = 0;
  std::int64_t max_ = 0;
};

}  // namespace millrace::load
