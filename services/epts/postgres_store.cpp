// SPDX-License-Identifier: Apache-2.0
#include "epts/postgres_store.h"

#include <utility>

#include "lib/error/error.h"

namespace millrace::epts {

PostgresStore::PostgresStore(postgres::ConnectionOptions options, time_series::WriterLimits limits,
                             process::Platform& platform)
    : options_(std::move(options)), limits_(limits), platform_(platform) {}

absl::Status PostgresStore::write(const time_series::SampleBatch& batch,
                                  time_series::SampleRange range, time_series::Delivery delivery,
                                  time_series::WriteOutcome& outcome) {
  MILLRACE_RETURN_IF_ERROR(ensure_session());
  absl::Status written = session_->write(batch, range, delivery, outcome);
  if (session_->broken()) session_.reset();
  return written;
}

absl::Status PostgresStore::end_messages(const time_series::SampleBatch& batch,
                                         std::span<const time_series::MessageTally> tallies,
                                         std::vector<bool>& ended) {
  MILLRACE_RETURN_IF_ERROR(ensure_session());
  absl::Status written = session_->end_messages(batch, tallies, ended);
  if (session_->broken()) session_.reset();
  return written;
}

absl::Status PostgresStore::ensure_session() {
  if (session_ != nullptr) return absl::OkStatus();
  auto session = time_series::WriterSession::open(options_, limits_, platform_);
  if (!session.ok()) {
    // Whatever the cause, it says nothing about the samples.
    return absl::UnavailableError(error::message(session.status()));
  }
  session_ = *std::move(session);
  return absl::OkStatus();
}

}  // namespace millrace::epts
