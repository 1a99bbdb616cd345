// SPDX-License-Identifier: Apache-2.0
#include "epts/ledger.h"

#include <string>

namespace millrace::epts {
namespace {

metrics::Counter outcome(metrics::Registry& metrics, const std::string& name) {
  return metrics.counter(
      "millrace_epts_samples_total",
      "Samples by what became of them. accepted by the receivers + points of transmitters = "
      "stored + merged + rejected + empty + in flight; repeated ones were counted before.",
      {{"outcome", name}});
}

metrics::Counter replayed(metrics::Registry& metrics, const std::string& name) {
  return metrics.counter("millrace_epts_replayed_samples_total",
                         "Samples that had been rejected and were sent again, by what became of "
                         "them then. Not among those of millrace_epts_samples_total.",
                         {{"outcome", name}});
}

}  // namespace

Ledger::Ledger(metrics::Registry& metrics)
    : stored_(outcome(metrics, "stored")),
      merged_(outcome(metrics, "merged")),
      rejected_(outcome(metrics, "rejected")),
      empty_(outcome(metrics, "empty")),
      repeated_(outcome(metrics, "repeated")),
      transmitted_(metrics.counter(
          "millrace_epts_transmitted_points_total",
          "Points of external transmitters, when their message ends; no receiver counts them.")),
      points_(metrics.counter("millrace_epts_points_total", "Values of series stored.")),
      frames_(metrics.counter("millrace_epts_frames_total", "Rows of time_series.frame written.")),
      terminated_(metrics.counter("millrace_epts_terminated_total",
                                  "Messages given up because nothing can be made of them; the log "
                                  "says of each why.")),
      retried_(metrics.counter("millrace_epts_store_retries_total",
                               "Transactions that failed and were done again.")),
      waiting_for_rules_(
          metrics.counter("millrace_epts_waiting_for_rules_total",
                          "Times a message was handed back because the registry could not tell the "
                          "series rules of its application.")),
      duration_(metrics.histogram("millrace_epts_batch_duration_seconds",
                                  "Time to store a batch, from its first statement to COMMIT.",
                                  metrics::latency_bounds_seconds())),
      replayed_{replayed(metrics, "stored"), replayed(metrics, "merged"),
                replayed(metrics, "rejected"), replayed(metrics, "empty"),
                replayed(metrics, "gone")} {
  for (const time_series::RejectionReason reason : time_series::kRejectionReasons) {
    rejections_.push_back(metrics.counter(
        "millrace_epts_rejections_total",
        "Rows of rejected_sample written, also for samples stored in part; not those "
        "of replays that are rejected again.",
        {{"reason", std::string(time_series::word(reason))}}));
  }
}

void Ledger::committed(const time_series::WriteOutcome& outcome,
                       std::chrono::nanoseconds duration) const {
  points_.increment(static_cast<double>(outcome.points));
  frames_.increment(static_cast<double>(outcome.frames));
  replayed_.stored.increment(static_cast<double>(outcome.replayed.stored));
  replayed_.merged.increment(static_cast<double>(outcome.replayed.merged));
  replayed_.rejected.increment(static_cast<double>(outcome.replayed.rejected));
  replayed_.gone.increment(static_cast<double>(outcome.replayed.gone));
  for (std::size_t i = 0; i < rejections_.size(); ++i) {
    rejections_[i].increment(static_cast<double>(outcome.rejections[i]));
  }
  duration_.observe(std::chrono::duration<double>(duration).count());
}

void Ledger::ended(const time_series::SampleBatch& batch,
                   std::span<const time_series::MessageTally> tallies,
                   const std::vector<bool>& is_first) const {
  time_series::MessageTally first;
  std::uint64_t first_empty = 0;
  std::uint64_t first_transmitted = 0;
  std::uint64_t again = 0;
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    const time_series::MessageTally& tally = tallies[i];
    const std::uint64_t empty = batch.messages()[i].empty_samples;
    if (is_first[i]) {
      first += tally;
      first_empty += empty;
      first_transmitted += batch.messages()[i].transmitted_points;
      if (batch.messages()[i].terminated) terminated_.increment();
    } else {
      again += tally.stored + tally.merged + tally.rejected + empty;
    }
  }
  stored_.increment(static_cast<double>(first.stored));
  merged_.increment(static_cast<double>(first.merged));
  rejected_.increment(static_cast<double>(first.rejected));
  empty_.increment(static_cast<double>(first_empty));
  repeated_.increment(static_cast<double>(again));
  transmitted_.increment(static_cast<double>(first_transmitted));
}

void Ledger::empty_replays(std::uint64_t samples) const {
  replayed_.empty.increment(static_cast<double>(samples));
}

void Ledger::repeated(std::uint64_t samples) const {
  repeated_.increment(static_cast<double>(samples));
}

}  // namespace millrace::epts
