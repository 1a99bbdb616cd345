// SPDX-License-Identifier: Apache-2.0
//
// The rows of rejected_sample whose samples are sent through extraction once more. Such an upload
// takes effect only while its row is there, and takes the row away in the transaction that stores
// what it gives: so a replay has its effect once, however often its message comes, and to whomever
// (docs/decisions/0013-replay.md). For one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/time_series/sample_batch.h"

namespace millrace::time_series {

struct ReplayedUpload {
  std::uint32_t upload = 0;  // index in the batch
  std::int32_t application_key = 0;
  std::string_view endpoint_id;
  SampleBatch::ReplayedRow row;
};

class ReplayedRows {
 public:
  // When each upload's row was rejected; nothing: the row is gone. In the order of the uploads.
  using RejectedAt = std::vector<std::optional<time::UnixMicros>>;

  explicit ReplayedRows(postgres::Connection& connection) : connection_(connection) {}

  absl::StatusOr<RejectedAt> find(std::span<const ReplayedUpload> uploads);
  // The same within a transaction; what is found stays until its end.
  absl::StatusOr<RejectedAt> lock(std::span<const ReplayedUpload> uploads);
  // Deletes them, within the same transaction.
  absl::Status remove(std::span<const ReplayedUpload> uploads);

 private:
  absl::StatusOr<RejectedAt> read(const std::string& sql, std::span<const ReplayedUpload> uploads);

  postgres::Connection& connection_;
};

}  // namespace millrace::time_series
