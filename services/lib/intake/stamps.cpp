// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/stamps.h"

#include <algorithm>

namespace millrace::intake {

std::int64_t reserve_receipt_times(const registry_client::Identity& identity, time::UnixMicros now,
                                   std::uint32_t samples) {
  std::atomic<std::int64_t>& last_us = identity.last_receipt_time_us;
  std::int64_t last = last_us.load(std::memory_order_relaxed);
  std::int64_t first = 0;
  do {
    first = std::max(time::to_unix_us(now), last + 1);
  } while (!last_us.compare_exchange_weak(last, first + samples - 1, std::memory_order_relaxed));
  return first;
}

}  // namespace millrace::intake
