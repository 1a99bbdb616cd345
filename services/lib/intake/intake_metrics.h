// SPDX-License-Identifier: Apache-2.0
//
// What the intake counts. The samples are the ledger's first column
// (docs/decisions/0005-ledger.md).
#pragma once

#include <chrono>
#include <map>
#include <memory>

#include "lib/intake/intake.h"
#include "lib/intake/upload_gate.h"
#include "lib/metrics/metric.h"

namespace millrace::intake {

// Safe to use from any thread.
class IntakeMetrics {
 public:
  IntakeMetrics(metrics::Registry& registry, std::shared_ptr<const UploadGate> gate);

  struct Outcome {
    Receipt::Code code = Receipt::Code::kUnavailable;
    std::size_t body_bytes = 0;
    std::uint32_t samples = 0;
    std::chrono::nanoseconds latency{0};
  };
  void count(const Outcome& outcome) const;

 private:
  std::map<Receipt::Code, metrics::Counter> uploads_;
  metrics::Counter accepted_samples_;
  metrics::Counter refused_samples_;
  metrics::Counter accepted_bytes_;
  metrics::Histogram accept_seconds_;
};

// Uploads in each message put on the bus.
metrics::Histogram message_uploads_histogram(metrics::Registry& registry);

}  // namespace millrace::intake
