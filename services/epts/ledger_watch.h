// SPDX-License-Identifier: Apache-2.0
//
// Holds the ledger in the tables against the stream: begins an epoch for a stream made anew, sets
// the gauge millrace_epts_ledger_difference_messages, and forgets messages that can come no more.
// For one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>

#include <absl/status/statusor.h>

#include "lib/bus/streams.h"
#include "lib/postgres/connection.h"
#include "lib/process/platform.h"
#include "lib/time_series/ledger.h"

namespace millrace::epts {

class LedgerWatch {
 public:
  // What it asks of JetStream.
  struct Questions {
    std::function<absl::StatusOr<bus::StreamState>()> stream;
    std::function<absl::StatusOr<bus::ConsumerState>()> consumer;
  };

  // `keep`: so long after a message has left the stream another epts may still be at work on a copy
  // of it.
  LedgerWatch(Questions questions, std::chrono::nanoseconds keep, process::Platform& platform);

  // Before the first message is taken: it belongs to an epoch then.
  absl::Status begin(postgres::Connection& connection);
  // To be called every few seconds.
  absl::Status look(postgres::Connection& connection);

 private:
  struct Seen {
    time::Instant at;
    std::int64_t first_sequence = 0;
  };

  absl::StatusOr<time_series::StreamPosition> position() const;
  absl::Status compare(postgres::Connection& connection);
  absl::Status forget(postgres::Connection& connection, std::int64_t first_sequence);

  const Questions questions_;
  const std::chrono::nanoseconds keep_;
  process::Platform& platform_;
  const metrics::Gauge difference_;
  std::deque<Seen> seen_;  // oldest first
};

}  // namespace millrace::epts
