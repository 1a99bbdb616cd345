// SPDX-License-Identifier: Apache-2.0
//
// Where the time of writers goes, in metrics: whether another field in the samples, another epts or
// a faster PostgreSQL would help. Safe to use from any thread.
#pragma once

#include <array>
#include <cstddef>

#include "lib/metrics/metric.h"
#include "lib/time/clock.h"

namespace millrace::epts {

// What a writer does with the messages of a fetch.
enum class Step : std::size_t {
  kDecode,   // protobuf, and the checks of it
  kExtract,  // JSON to values, with the look-up of series rules
  kStore,    // everything with PostgreSQL, waiting for it included
  kFinish,   // acknowledgements, events, logs
};
inline constexpr std::size_t kSteps = 4;

class StepTimes {
 public:
  StepTimes(metrics::Registry& metrics, const time::Clock& clock);

  // The rest of the scope is this step.
  class Scope {
   public:
    Scope(const StepTimes& times, Step step)
        : times_(times), step_(step), begun_(times.clock_.instant()) {}
    ~Scope() { times_.add(step_, times_.clock_.instant() - begun_); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    const StepTimes& times_;
    const Step step_;
    const time::Instant begun_;
  };

 private:
  void add(Step step, time::Instant::duration duration) const;

  const time::Clock& clock_;
  const std::array<metrics::Counter, kSteps> seconds_;
};

}  // namespace millrace::epts
