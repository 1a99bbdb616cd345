// SPDX-License-Identifier: Apache-2.0
//
// What the intake counts. The samples are the ledger's first column
// (docs/decisions/0005-ledger.md).
#pragma once

#include <map>
#include <memory>

#include "lib/intake/pending.h"
#include "lib/intake/upload_gate.h"
#include "lib/metrics/metric.h"

namespace millrace::intake {

// Safe to use from any thread.
class IntakeMetrics {
 public:
  IntakeMetrics(metrics::Registry& registry, std::shared_ptr<const UploadGate> gate);

  // An upload that was accepted without a message to carry it, or refused. `answered`: now.
  void count(Receipt::Code code, const Pending& upload, time::Instant answered) const;
  // The uploads of one message, which share its fate.
  void count(Receipt::Code code, const PendingUploads& uploads, time::Instant answered) const;

 private:
  struct Sums {
    std::size_t uploads = 0;
    std::uint64_t samples = 0;
    std::size_t body_bytes = 0;
  };
  void count(Receipt::Code code, const Sums& sums) const;

  std::map<Receipt::Code, metrics::Counter> uploads_;
  metrics::Counter accepted_samples_;
  metrics::Counter refused_samples_;
  metrics::Counter accepted_bytes_;
  metrics::Histogram accept_seconds_;
};

// Uploads in each message put on the bus.
metrics::Histogram message_uploads_histogram(metrics::Registry& registry);

}  // namespace millrace::intake
