// SPDX-License-Identifier: Apache-2.0
//
// From messages to a batch of samples with their points, under one version of each application's
// series rules. Knows nothing of the bus, PostgreSQL, or time passing. For one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "epts/extraction.h"
#include "lib/time/clock.h"
#include "lib/time_series/sample_batch.h"

#include "millrace/configuration/v1/configuration.pb.h"
#include "millrace/telemetry/v1/data_samples.pb.h"

namespace millrace::epts {

// How far from now the time of a sample may be: it decides which partitions there are.
struct AcceptanceWindow {
  std::chrono::milliseconds past = std::chrono::days{3650};
  std::chrono::milliseconds future = std::chrono::days{1};
};

// Null: the registry knows no such application.
using Rules = std::shared_ptr<const configuration::v1::SeriesRules>;

class BatchBuilder {
 public:
  BatchBuilder(ExtractionLimits limits, AcceptanceWindow window)
      : limits_(limits), window_(window), extraction_(limits) {}

  // Begins a batch at this moment; the one before becomes invalid.
  void begin(time::UnixMicros now);
  // Adds an upload, which must outlive the batch. `first_seq`: of its first sample.
  void add(const telemetry::v1::DataSamplesEvent& event, std::int64_t first_seq,
           const Rules& rules);

  time_series::SampleBatch& batch() { return batch_; }
  // Samples that are not in the batch, because no rule found anything in them.
  std::uint64_t empty_samples() const { return empty_samples_; }

 private:
  void add_sample(const ExtractedSample& sample, const time_series::SampleBatch::Facts& facts);
  void reject_upload(const telemetry::v1::DataSamplesEvent& event, std::int64_t first_seq,
                     time_series::Rejection rejection);

  const ExtractionLimits limits_;
  const AcceptanceWindow window_;
  Extraction extraction_;
  time::UnixMicros earliest_;
  time::UnixMicros latest_;
  time_series::SampleBatch batch_;
  std::uint64_t empty_samples_ = 0;
  std::string shape_;
  std::vector<double> numbers_;
};

}  // namespace millrace::epts
