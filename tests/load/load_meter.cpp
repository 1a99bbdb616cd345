// SPDX-License-Identifier: Apache-2.0
#include "load/load_meter.h"

#include <algorithm>

namespace millrace::load {

void LoadMeter::begin(Instant now) {
  begin_ = now;
  last_completion_ = now;
}

Instant LoadMeter::measured_to() const {
  if (bounds_.measured.count() == 0) return closed_at_;
  return std::min(closed_at_, measured_from() + bounds_.measured);
}

bool LoadMeter::open(Instant now) const {
  return (bounds_.uploads == 0 || started_ < bounds_.uploads) && now < measured_to();
}

bool LoadMeter::start(Instant start) {
  if (!open(start)) return false;
  ++started_;
  return true;
}

void LoadMeter::complete(Instant start, Instant now) {
  ++completed_;
  longest_gap_ = std::max<std::chrono::nanoseconds>(longest_gap_, now - last_completion_);
  last_completion_ = now;
  if (now >= measured_from() && now < measured_to()) ++measured_;
  if (start >= measured_from()) latencies_.record(now - start);
}

std::chrono::nanoseconds LoadMeter::measured_time() const {
  const Instant to = std::min(last_completion_, measured_to());
  return std::max<std::chrono::nanoseconds>(to - measured_from(), std::chrono::nanoseconds(0));
}

double LoadMeter::per_second() const {
  const double seconds = std::chrono::duration<double>(measured_time()).count();
  return seconds > 0 ? static_cast<double>(measured_) / seconds : 0;
}

}  // namespace millrace::load
