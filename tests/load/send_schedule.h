// SPDX-License-Identifier: Apache-2.0
//
// When the uploads of an open loop are due, whatever became of those before: evenly spaced, the
// connections in turn. A latency counts from this time and not from the time of sending: an upload
// that waits because the server is slow has waited (otherwise a stall would show as few long
// latencies instead of many: "coordinated omission").
#pragma once

#include <chrono>
#include <cstdint>

namespace millrace::load {

using Instant = std::chrono::steady_clock::time_point;

class SendSchedule {
 public:
  // `per_second`: uploads of all connections together; more than 0.
  SendSchedule(Instant begin, double per_second, int connections)
      : begin_(begin), per_second_(per_second), connections_(connections) {}

  // Of the n-th upload (from 0) of a connection (from 0).
  Instant due(int connection, std::int64_t n) const {
    // Multiplied, not added up: no error grows with the number.
    const double number = static_cast<double>(n) * connections_ + connection;
    return begin_ + std::chrono::nanoseconds(static_cast<std::int64_t>(number * 1e9 / per_second_));
  }

 private:
  const Instant begin_;
  const double per_second_;
  const double connections_;
};

}  // namespace millrace::load
