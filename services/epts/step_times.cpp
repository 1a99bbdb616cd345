// SPDX-License-Identifier: Apache-2.0
#include "epts/step_times.h"

#include <chrono>
#include <string>

namespace millrace::epts {
namespace {

metrics::Counter seconds(metrics::Registry& metrics, const std::string& step) {
  return metrics.counter("millrace_epts_step_seconds_total",
                         "Time of all writers together by what they did; the rest of their time "
                         "they waited for messages.",
                         {{"step", step}});
}

}  // namespace

StepTimes::StepTimes(metrics::Registry& metrics, const time::Clock& clock)
    : clock_(clock),
      seconds_{seconds(metrics, "decode"), seconds(metrics, "extract"), seconds(metrics, "store"),
               seconds(metrics, "finish")} {}

void StepTimes::add(Step step, time::Instant::duration duration) const {
  seconds_[static_cast<std::size_t>(step)].increment(
      std::chrono::duration<double>(duration).count());
}

}  // namespace millrace::epts
