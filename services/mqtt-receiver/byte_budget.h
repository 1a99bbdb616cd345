// SPDX-License-Identifier: Apache-2.0
//
// The memory that all connections together may hold for their peers. Each is bounded by itself; ten
// thousand bounded ones still need a bound.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace millrace::mqtt_receiver {

// Safe to use from any thread. A count, not a lock: it may be exceeded by what each thread has read
// at one go.
class ByteBudget {
 public:
  // Every one of `max_connections` may hold its equal share, whatever the others do.
  ByteBudget(std::size_t max_bytes, std::size_t max_connections)
      : max_bytes_(max_bytes), share_bytes_(max_bytes / max_connections) {}
  ByteBudget(const ByteBudget&) = delete;
  ByteBudget& operator=(const ByteBudget&) = delete;

  // A connection that held `before_bytes` holds `after_bytes` now.
  void update(std::size_t before_bytes, std::size_t after_bytes) {
    used_bytes_.fetch_add(
        static_cast<std::int64_t>(after_bytes) - static_cast<std::int64_t>(before_bytes),
        std::memory_order_relaxed);
  }

  // Whether a connection that holds so much must not take more.
  bool refuses(std::size_t held_bytes) const {
    return held_bytes > share_bytes_ && used_bytes() > max_bytes_;
  }

  std::size_t used_bytes() const {
    const std::int64_t used = used_bytes_.load(std::memory_order_relaxed);
    return used > 0 ? static_cast<std::size_t>(used) : 0;
  }

 private:
  const std::size_t max_bytes_;
  const std::size_t share_bytes_;
  std::atomic<std::int64_t> used_bytes_{0};
};

}  // namespace millrace::mqtt_receiver
