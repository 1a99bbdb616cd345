// SPDX-License-Identifier: Apache-2.0
//
// A connection to PostgreSQL that stores batches of samples, each in one transaction: catalogue
// and partitions first (committed by themselves), then frames and rejected samples. The catalogue
// only ever grows; a partition that retention has dropped meanwhile is made again. Storing a batch
// again changes nothing, so a caller that does not know whether a commit took place stores it
// again. For one thread; thrown away with its connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/postgres/copy_buffer.h"
#include "lib/process/platform.h"
#include "lib/time_series/endpoint_admission.h"
#include "lib/time_series/endpoint_catalogue.h"
#include "lib/time_series/endpoint_usage.h"
#include "lib/time_series/frame_partitions.h"
#include "lib/time_series/frame_writer.h"
#include "lib/time_series/hour.h"
#include "lib/time_series/insert_path_choice.h"
#include "lib/time_series/layout_catalogue.h"
#include "lib/time_series/rejected_sample_writer.h"
#include "lib/time_series/replayed_rows.h"
#include "lib/time_series/sample_batch.h"
#include "lib/time_series/series_catalogue.h"
#include "lib/time_series/shape_resolver.h"
#include "lib/time_series/write_plan.h"

namespace millrace::time_series {

struct WriterLimits {
  std::size_t max_values = 10'000;   // of an application's series together
  std::size_t max_layouts = 10'000;  // of an application; beyond: one frame a value
  EndpointLimits endpoint;           // the same of each endpoint
  std::size_t cached_endpoints = 200'000;
  std::size_t max_rejected_sample_bytes = 64 << 10;
};

class WriterSession {
 public:
  static absl::StatusOr<std::unique_ptr<WriterSession>> open(
      const postgres::ConnectionOptions& options, const WriterLimits& limits,
      process::Platform& platform);
  ~WriterSession();

  // `outcome` holds also where the commit failed with error::has_unknown_outcome(): it is what the
  // commit would have done. kInvalidArgument: PostgreSQL refuses something in these samples, and
  // would again. A range that is all of a batch ends the batch's messages, in the same transaction.
  absl::Status write(const SampleBatch& batch, SampleRange range, Delivery delivery,
                     WriteOutcome& outcome);
  // Ends the messages of a batch that was written in parts, whose tallies together are `tallies`.
  // `ended` as in WriteOutcome, also with error::has_unknown_outcome(). Never kInvalidArgument.
  absl::Status end_messages(const SampleBatch& batch, std::span<const MessageTally> tallies,
                            std::vector<bool>& ended);

  // The connection is lost, or the catalogue is not what it was: open another session.
  bool broken() const { return stale_ || connection_->broken(); }
  // True after write() took the straight way; for tests.
  InsertPath last_path() const { return last_path_; }

 private:
  WriterSession(std::unique_ptr<postgres::Connection> connection, const WriterLimits& limits,
                process::Platform& platform);

  absl::Status prepare(const SampleBatch& batch, SampleRange range);
  absl::Status find_keys(const SampleBatch& batch, SampleRange range);
  absl::Status find_replays(const SampleBatch& batch, SampleRange range);
  void plan_known_frames(const SampleBatch& batch, SampleRange range);
  absl::Status plan_new_frames(const SampleBatch& batch, SampleRange range);
  absl::Status store(const SampleBatch& batch, SampleRange range, Delivery delivery,
                     WriteOutcome& outcome);
  absl::Status attempt(const SampleBatch& batch, SampleRange range, InsertPath path,
                       WriteOutcome& outcome);
  absl::Status write_frames(InsertPath path, std::optional<Hour> sealed_until);
  absl::Status hold_replays();
  absl::Status write_ends(const SampleBatch& batch, std::span<const MessageTally> tallies,
                          std::vector<bool>& ended);

  std::unique_ptr<postgres::Connection> connection_;
  SeriesCatalogue series_;
  LayoutCatalogue layouts_;
  ShapeResolver shapes_;
  EndpointCatalogue endpoints_;
  EndpointUsage usage_;
  EndpointAdmission admission_;
  FramePartitions partitions_;
  FrameWriter frames_;
  RejectedSampleWriter rejected_;
  ReplayedRows replayed_;
  InsertPathChoice choice_;
  InsertPath last_path_ = InsertPath::kDirect;
  bool stale_ = false;
  WritePlan plan_;  // kept for its memory, as is the next one
  postgres::CopyBuffer marks_;
};

}  // namespace millrace::time_series
