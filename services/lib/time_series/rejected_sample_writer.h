// SPDX-License-Identifier: Apache-2.0
//
// Keeps samples that were accepted and cannot be stored, in time_series.rejected_sample. For one
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_set>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/postgres/copy_buffer.h"
#include "lib/time_series/rejection.h"
#include "lib/time_series/sample_batch.h"

namespace millrace::time_series {

struct RejectedRow {
  std::int32_t application_key = 0;
  const SampleBatch::Upload* upload = nullptr;
  const SampleBatch::Sample* sample = nullptr;
  Rejection rejection;
  bool partly_stored = false;
  // When its sample was rejected first, where it is replayed: expiry goes by that. Else now.
  std::optional<time::UnixMicros> rejected_at = std::nullopt;
};

// A receipt time as the table and the query API can say it, whatever a receiver's clock said.
time::UnixMicros storable_receipt_time(time::UnixMicros received_at);

class RejectedSampleWriter {
 public:
  // Makes the staging table, which lives as long as the connection.
  static absl::Status prepare(postgres::Connection& connection);

  // `max_sample_bytes`: longer samples are cut.
  RejectedSampleWriter(postgres::Connection& connection, std::size_t max_sample_bytes)
      : connection_(connection), max_sample_bytes_(max_sample_bytes) {}

  // Within the caller's transaction. Returns the seqs of the rows that were not there yet.
  absl::StatusOr<std::unordered_set<std::int64_t>> write(std::span<const RejectedRow> rows);

 private:
  void encode(const RejectedRow& row);

  postgres::Connection& connection_;
  const std::size_t max_sample_bytes_;
  postgres::CopyBuffer buffer_;
};

}  // namespace millrace::time_series
