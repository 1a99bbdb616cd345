// SPDX-License-Identifier: Apache-2.0
//
// What was refused of a sample, in words: for those who look after rejected samples, and those who
// try rules out. Pure.
#pragma once

#include <chrono>

#include "lib/extraction/extraction.h"
#include "lib/time/clock.h"
#include "lib/time_series/rejection.h"

namespace millrace::extraction {

// How far from now the time of a sample may be: it decides which partitions there are.
struct AcceptanceWindow {
  std::chrono::milliseconds past = std::chrono::days{3650};
  std::chrono::milliseconds future = std::chrono::days{1};

  bool has(time::UnixMicros time, time::UnixMicros now) const {
    return time >= now - past && time <= now + future;
  }
};

// Of a sample with refusals: one sentence for all of them, with the reason, the path and the value
// of the first.
time_series::Rejection rejection_of(const ExtractedSample& sample, const ExtractionLimits& limits);

// Of a sample whose `time` is outside the acceptance window; `rules` are those it was taken under.
time_series::Rejection outside_window(const ExtractedSample& sample, time::UnixMicros time,
                                      const CompiledRules& rules);

}  // namespace millrace::extraction
