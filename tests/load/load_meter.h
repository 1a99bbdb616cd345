// SPDX-License-Identifier: Apache-2.0
//
// What a load counts: how many uploads were started and completed, and, of the time after the
// warm-up, the rate and the latencies. The time is an argument. For one thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "load/latency_histogram.h"
#include "load/send_schedule.h"

namespace millrace::load {

struct LoadBounds {
  std::int64_t uploads = 0;              // none is started beyond; 0: no such bound
  std::chrono::nanoseconds warm_up{0};   // is not measured
  std::chrono::nanoseconds measured{0};  // after it none is started; 0: no such bound
};

class LoadMeter {
 public:
  explicit LoadMeter(const LoadBounds& bounds) : bounds_(bounds) {}

  void begin(Instant now);
  // Ends the measured time now, if it has not ended.
  void close(Instant now) { closed_at_ = std::min(closed_at_, now); }
  bool begun() const { return begin_ != Instant{}; }

  // Counts an upload that starts, or was due, at `start`; false when no more may start.
  bool start(Instant start);
  // False: no upload may start any more.
  bool open(Instant now) const;
  // An upload was answered for good.
  void complete(Instant start, Instant now);

  Instant measured_from() const { return begin_ + bounds_.warm_up; }
  // Instant::max(): no bound.
  Instant measured_to() const;

  std::int64_t started() const { return started_; }
  std::int64_t completed() const { return completed_; }
  // Completed within the measured time, which ends at its bound or with the last completion.
  std::int64_t measured() const { return measured_; }
  std::chrono::nanoseconds measured_time() const;
  double per_second() const;
  // Of uploads that started within the measured time.
  const LatencyHistogram& latencies() const { return latencies_; }
  // The longest time in which nothing was completed, from the beginning to the last completion.
  std::chrono::nanoseconds longest_gap() const { return longest_gap_; }

 private:
  const LoadBounds bounds_;
  Instant begin_;
  Instant closed_at_ = Instant::max();
  Instant last_completion_;
  std::int64_t started_ = 0;
  std::int64_t completed_ = 0;
  std::int64_t measured_ = 0;
  std::chrono::nanoseconds longest_gap_{0};
  LatencyHistogram latencies_;
};

}  // namespace millrace::load
