// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/message_ends.h"

#include <unordered_set>

#include "lib/error/error.h"

namespace millrace::time_series {
namespace {

// Positions are inserted in order, so that two writers that were given the same messages do not
// wait for each other crosswise. Without an epoch (epts has not seen the stream yet, or somebody
// began the ledger anew) they go to epoch 0, which nobody reads.
constexpr char kEnd[] =
    "INSERT INTO time_series.ended_message (epoch, stream_sequence)"
    " SELECT (SELECT coalesce(max(epoch), 0) FROM time_series.ledger_epoch), stream_sequence"
    " FROM unnest($1::bigint[]) AS given (stream_sequence) ORDER BY stream_sequence"
    " ON CONFLICT (epoch, stream_sequence) DO NOTHING RETURNING epoch, stream_sequence";

// Sums are made by the caller: sessions that write have no joins but nested loops.
constexpr char kCount[] =
    "INSERT INTO time_series.ledger AS l (epoch, slot, messages, messages_terminated,"
    " samples_stored, samples_merged, samples_rejected, samples_empty)"
    " VALUES ($1, pg_backend_pid() % 64, $2, $3, $4, $5, $6, $7)"
    " ON CONFLICT (epoch, slot) DO UPDATE SET messages = l.messages + excluded.messages,"
    " messages_terminated = l.messages_terminated + excluded.messages_terminated,"
    " samples_stored = l.samples_stored + excluded.samples_stored,"
    " samples_merged = l.samples_merged + excluded.samples_merged,"
    " samples_rejected = l.samples_rejected + excluded.samples_rejected,"
    " samples_empty = l.samples_empty + excluded.samples_empty";

struct Sums {
  std::int64_t messages = 0;
  std::int64_t terminated = 0;
  std::int64_t stored = 0;
  std::int64_t merged = 0;
  std::int64_t rejected = 0;
  std::int64_t empty = 0;

  void add(const MessageEnd& end) {
    ++messages;
    terminated += end.terminated ? 1 : 0;
    stored += static_cast<std::int64_t>(end.stored);
    merged += static_cast<std::int64_t>(end.merged);
    rejected += static_cast<std::int64_t>(end.rejected);
    empty += static_cast<std::int64_t>(end.empty);
  }
};

absl::Status count(postgres::Connection& connection, std::int32_t epoch, const Sums& sums) {
  return connection
      .execute(kCount, {postgres::to_param(epoch), postgres::to_param(sums.messages),
                        postgres::to_param(sums.terminated), postgres::to_param(sums.stored),
                        postgres::to_param(sums.merged), postgres::to_param(sums.rejected),
                        postgres::to_param(sums.empty)})
      .status();
}

// A constraint or a data exception here is a bug of ours or an operator's change, and no sample's.
absl::Status nobodys_fault(const absl::Status& status) {
  const std::string cause = "cannot write the ledger: " + error::message(status);
  if (absl::IsInvalidArgument(status) || absl::IsFailedPrecondition(status) ||
      absl::IsAlreadyExists(status)) {
    return absl::InternalError(cause);
  }
  return status;
}

}  // namespace

absl::StatusOr<std::vector<bool>> write_message_ends(postgres::Connection& connection,
                                                     std::span<const MessageEnd> ends) {
  std::vector<bool> is_new(ends.size(), false);
  if (ends.empty()) return is_new;
  std::vector<std::int64_t> sequences;
  sequences.reserve(ends.size());
  for (const MessageEnd& end : ends) {
    sequences.push_back(static_cast<std::int64_t>(end.stream_sequence));
  }
  const auto ended = connection.execute(kEnd, {postgres::to_param(sequences)});
  if (!ended.ok()) return nobodys_fault(ended.status());
  if (ended->rows() == 0) return is_new;
  std::unordered_set<std::int64_t> fresh;
  for (int row = 0; row < ended->rows(); ++row) fresh.insert(ended->int8(row, 1));
  Sums sums;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    is_new[i] = fresh.contains(sequences[i]);
    if (is_new[i]) sums.add(ends[i]);
  }
  const absl::Status counted = count(connection, ended->int4(0, 0), sums);
  if (!counted.ok()) return nobodys_fault(counted);
  return is_new;
}

}  // namespace millrace::time_series
