// SPDX-License-Identifier: Apache-2.0
//
// The ledger as it stands in time_series (docs/decisions/0012-durable-ledger.md), and whether it
// agrees with what JetStream says: every position of the stream, from where the ledger began, has
// ended or is still there.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/time/clock.h"

namespace millrace::time_series {

// What JetStream says of the stream at one moment, and of its consumer just before.
struct StreamPosition {
  std::string created;              // as JetStream writes it
  std::int64_t first_sequence = 0;  // of what can still be delivered
  std::int64_t last_sequence = 0;
  std::int64_t messages = 0;     // still in the stream
  std::int64_t undelivered = 0;  // of them, handed to no epts
};

struct Ledger {
  std::int32_t epoch = 0;
  std::string stream_created;
  time::UnixMicros began_at;
  std::int64_t messages_before = 0;
  std::int64_t messages = 0;  // that ended
  std::int64_t messages_terminated = 0;
  std::int64_t samples_stored = 0;
  std::int64_t samples_merged = 0;
  std::int64_t samples_rejected = 0;
  std::int64_t samples_empty = 0;

  std::int64_t received(const StreamPosition& stream) const {
    return stream.last_sequence - messages_before;
  }
};

// Which life of the stream the newest rows are of, without the sums.
struct LedgerEpoch {
  std::int32_t epoch = 0;
  std::string stream_created;
  bool is_replica = false;  // of PostgreSQL: what it has may be a moment old
};

// Nothing: no epts has begun one.
absl::StatusOr<std::optional<LedgerEpoch>> read_epoch(postgres::Connection& connection);

// Of the newest epoch. Nothing: no epts has begun one.
absl::StatusOr<std::optional<Ledger>> read_ledger(postgres::Connection& connection);

// Messages that have left the stream without an end, or (below 0) ended more often than there were;
// 0: it balances. `before` was read, then the consumer asked, then the stream, then `after` read,
// all of one epoch: what ends meanwhile, and what has ended and is not acknowledged yet, is then no
// difference.
std::int64_t difference(const Ledger& before, const StreamPosition& stream, const Ledger& after);

// Begins an epoch where there is none, or where the stream is not the one of the newest: made anew,
// or put back to a time before. True: it did. `ask_stream` runs inside of a transaction that keeps
// other replicas from doing the same.
absl::StatusOr<bool> begin_epoch_if_new(
    postgres::Connection& connection,
    const std::function<absl::StatusOr<StreamPosition>()>& ask_stream);

// Removes what ended_message holds of earlier epochs and below `first_sequence`: at most
// kMaxForgottenMessages, so that a call takes no longer than a moment. Returns how many.
inline constexpr std::int64_t kMaxForgottenMessages = 50'000;
absl::StatusOr<std::int64_t> forget_ended_messages(postgres::Connection& connection,
                                                   std::int64_t first_sequence);

}  // namespace millrace::time_series
