// SPDX-License-Identifier: Apache-2.0
#include "load/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace millrace::load {

// Values below 2^8 have a bucket each. A larger one keeps its 8 highest bits, the first of which is
// always set: 128 buckets for each number of bits dropped.
std::size_t LatencyHistogram::bucket_of(std::uint64_t value) {
  const int width = static_cast<int>(std::bit_width(value));
  const int dropped = std::max(width - (kSubBits + 1), 0);
  return (static_cast<std::size_t>(dropped) << kSubBits) + (value >> dropped);
}

std::uint64_t LatencyHistogram::top_of(std::size_t bucket) {
  const std::size_t doubling = bucket >> kSubBits;
  if (doubling < 2) return bucket;
  const std::size_t dropped = doubling - 1;
  const std::uint64_t kept = bucket - (dropped << kSubBits);
  return ((kept + 1) << dropped) - 1;
}

void LatencyHistogram::record(std::chrono::nanoseconds latency) {
  const std::int64_t value = std::max<std::int64_t>(latency.count(), 0);
  max_ = std::max(max_, value);
  const auto counted =
      std::min<std::uint64_t>(static_cast<std::uint64_t>(value), (1ULL << kValueBits) - 1);
  ++counts_.at(bucket_of(counted));
  ++count_;
}

std::chrono::nanoseconds LatencyHistogram::quantile(double q) const {
  if (count_ == 0) return std::chrono::nanoseconds(0);
  const double rank = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_));
  const auto wanted = std::max<std::uint64_t>(static_cast<std::uint64_t>(rank), 1);
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += counts_.at(bucket);
    if (seen >= wanted) {
      const auto top = static_cast<std::int64_t>(top_of(bucket));
      return std::chrono::nanoseconds(bucket + 1 == kBuckets ? max_ : std::min(top, max_));
    }
  }
  return max();
}

}  // namespace millrace::load
