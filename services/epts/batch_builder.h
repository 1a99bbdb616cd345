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

#include "epts/transmitted_points.h"
#include "lib/extraction/compiled_rules.h"
#include "lib/extraction/extraction.h"
#include "lib/extraction/refusal_text.h"
#include "lib/time/clock.h"
#include "lib/time_series/sample_batch.h"

#include "millrace/telemetry/v1/data_samples.pb.h"

namespace millrace::epts {

// Null: the registry knows no such application.
using Rules = std::shared_ptr<const extraction::CompiledRules>;

class BatchBuilder {
 public:
  // `retention`: of applications whose rules do not say.
  BatchBuilder(extraction::ExtractionLimits limits, extraction::AcceptanceWindow window,
               std::chrono::milliseconds retention = std::chrono::days{36'500})
      : limits_(limits),
        window_(window),
        retention_(retention),
        extraction_(limits),
        points_(limits) {}

  // Begins a batch at this moment; the one before becomes invalid.
  void begin(time::UnixMicros now);
  // The uploads that follow belong to the message at this position of the stream.
  void begin_message(std::uint64_t stream_sequence) { batch_.begin_message(stream_sequence); }
  // Adds an upload, which must outlive the batch. `first_seq`: of its first sample, unless it is
  // replayed and keeps the one it has had.
  void add(const telemetry::v1::DataSamplesEvent& event, std::int64_t first_seq,
           const Rules& rules);

  time_series::SampleBatch& batch() { return batch_; }
  // Samples of replayed uploads that are not in the batch, because no rule found anything in them.
  std::uint64_t empty_replays() const { return empty_replays_; }

 private:
  void add_sample(const extraction::ExtractedSample& sample, const extraction::CompiledRules& rules,
                  time_series::SampleBatch::Facts& facts);
  void add_values(const extraction::ExtractedSample& sample,
                  const time_series::SampleBatch::Facts& facts);
  void add_points(const telemetry::v1::DataSamplesEvent& event,
                  const time_series::SampleBatch::Facts& facts);
  void count_empty(std::uint64_t samples);
  void reject_upload(const telemetry::v1::DataSamplesEvent& event, std::int64_t first_seq,
                     time_series::Rejection rejection);

  const extraction::ExtractionLimits limits_;
  const extraction::AcceptanceWindow window_;
  const std::chrono::milliseconds retention_;
  extraction::Extraction extraction_;
  TransmittedPoints points_;
  time::UnixMicros now_;
  extraction::AcceptanceWindow upload_window_;  // of the upload at work
  time_series::SampleBatch batch_;
  std::uint64_t empty_replays_ = 0;
  std::string shape_;
  std::vector<double> numbers_;
  std::vector<std::string_view> texts_;
};

}  // namespace millrace::epts
