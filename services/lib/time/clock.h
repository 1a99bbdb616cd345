// SPDX-License-Identifier: Apache-2.0
//
// The only way to ask for the time. Constructors take a `const Clock&`, so that tests move time by
// hand.
#pragma once

#include <atomic>
#include <chrono>

namespace millrace::time {

// A moment on the calendar, to the microsecond: what PostgreSQL's timestamptz holds.
using UnixMicros = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
// A moment of the monotonic clock, for time-outs: never stored, never sent.
using Instant = std::chrono::steady_clock::time_point;

// Safe to call from any thread.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  virtual UnixMicros now() const = 0;
  virtual Instant instant() const = 0;
};

class SystemClock final : public Clock {
 public:
  UnixMicros now() const override;
  Instant instant() const override;
};

// Stands still until moved.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(UnixMicros start = UnixMicros{std::chrono::seconds{1'600'000'000}});

  UnixMicros now() const override;
  Instant instant() const override;
  void advance(std::chrono::microseconds step);

 private:
  const UnixMicros start_;
  std::atomic<std::chrono::microseconds::rep> moved_us_{0};
};

// Microseconds since 1970-01-01T00:00:00Z, the form of protobuf fields named *_us.
inline std::int64_t to_unix_us(UnixMicros time) {
  return time.time_since_epoch().count();
}
inline UnixMicros from_unix_us(std::int64_t us) {
  return UnixMicros{std::chrono::microseconds{us}};
}

}  // namespace millrace::time
