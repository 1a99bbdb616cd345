// SPDX-License-Identifier: Apache-2.0
//
// Stores in PostgreSQL, over a connection that is made when first needed and again after it broke.
// For one thread.
#pragma once

#include <memory>

#include "epts/store.h"
#include "lib/postgres/connection.h"
#include "lib/process/platform.h"
#include "lib/time_series/writer_session.h"

namespace millrace::epts {

class PostgresStore final : public Store {
 public:
  PostgresStore(postgres::ConnectionOptions options, time_series::WriterLimits limits,
                process::Platform& platform);

  absl::Status write(const time_series::SampleBatch& batch, time_series::SampleRange range,
                     time_series::Delivery delivery, time_series::WriteOutcome& outcome) override;
  absl::Status end_messages(const time_series::SampleBatch& batch,
                            std::span<const time_series::MessageTally> tallies,
                            std::vector<bool>& ended) override;

 private:
  absl::Status ensure_session();

  const postgres::ConnectionOptions options_;
  const time_series::WriterLimits limits_;
  process::Platform& platform_;
  std::unique_ptr<time_series::WriterSession> session_;
};

}  // namespace millrace::epts
