// SPDX-License-Identifier: Apache-2.0
//
// What became of every sample, in metrics (docs/decisions/0005-ledger.md): of this process, while
// it runs. The tables have the same across restarts (0012-durable-ledger.md). Safe to use from any
// thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "lib/metrics/metric.h"
#include "lib/time_series/sample_batch.h"
#include "lib/time_series/writer_session.h"

namespace millrace::epts {

class Ledger {
 public:
  explicit Ledger(metrics::Registry& metrics);

  // Rows of a transaction that was committed, and how long storing took.
  void committed(const time_series::WriteOutcome& outcome, std::chrono::nanoseconds duration) const;
  // Samples of a batch's messages. `is_first`, by message: it had not ended before.
  void ended(const time_series::SampleBatch& batch,
             std::span<const time_series::MessageTally> tallies,
             const std::vector<bool>& is_first) const;
  // Samples of replayed uploads in which no rule found anything; they stay among the rejected ones.
  void empty_replays(std::uint64_t samples) const;
  // Samples of a message that this process has stored before.
  void repeated(std::uint64_t samples) const;
  // A transaction that has to be done again.
  void retried() const { retried_.increment(); }
  // A message handed back because the series rules of its application are not to be had.
  void waiting_for_rules() const { waiting_for_rules_.increment(); }

 private:
  const metrics::Counter stored_;
  const metrics::Counter merged_;
  const metrics::Counter rejected_;
  const metrics::Counter empty_;
  const metrics::Counter repeated_;
  const metrics::Counter transmitted_;
  const metrics::Counter points_;
  const metrics::Counter frames_;
  const metrics::Counter terminated_;
  const metrics::Counter retried_;
  const metrics::Counter waiting_for_rules_;
  const metrics::Histogram duration_;
  struct Replayed {
    metrics::Counter stored, merged, rejected, empty, gone;
  };
  const Replayed replayed_;
  std::vector<metrics::Counter> rejections_;  // in order of kRejectionReasons
};

}  // namespace millrace::epts
