// SPDX-License-Identifier: Apache-2.0
#include "lib/log/rate_limit.h"

#include <chrono>
#include <utility>

namespace millrace::log {
namespace {

constexpr std::chrono::seconds kInterval{1};
constexpr std::size_t kMostEvents = 256;
constexpr std::string_view kSharedEvent;

}  // namespace

std::optional<std::int64_t> RateLimit::admit(std::string_view event, time::Instant now) {
  const concurrency::MutexLock lock(mutex_);
  auto found = entries_.find(event);
  if (found == entries_.end() && entries_.size() >= kMostEvents) {
    event = kSharedEvent;
    found = entries_.find(event);
  }
  if (found == entries_.end()) {
    entries_.emplace(event, Entry{.passed = now});
    return 0;
  }
  Entry& entry = found->second;
  if (now - entry.passed < kInterval) {
    ++entry.suppressed;
    return std::nullopt;
  }
  entry.passed = now;
  return std::exchange(entry.suppressed, 0);
}

}  // namespace millrace::log
