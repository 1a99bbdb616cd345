// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/message_ends.h"

#include <unordered_set>

#include "lib/error/error.h"

namespace millrace::time_series {
namespace {

// Positions are inserted in order, so that two writers that were given the same messages do not
// wait for each other crosswise. Without an epoch (epts has not seen the stream yet, or somebody
// began the ledger anew) they go to epoch 0, which nobody reads.
constexpr char kWriteEnds[] =
    "WITH epoch AS ("
    "  SELECT coalesce(max(epoch), 0) AS epoch FROM time_series.ledger_epoch"
    "), given AS ("
    "  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],"
    "    $6::bigint[]) AS g (stream_sequence, stored, merged, rejected, empty, terminated)"
    "), ended AS ("
    "  INSERT INTO time_series.ended_message (epoch, stream_sequence)"
    "  SELECT epoch, stream_sequence FROM epoch, given ORDER BY stream_sequence"
    "  ON CONFLICT (epoch, stream_sequence) DO NOTHING RETURNING stream_sequence"
    "), counted AS ("
    "  INSERT INTO time_series.ledger AS l (epoch, slot, messages, messages_terminated,"
    "    samples_stored, samples_merged, samples_rejected, samples_empty)"
    "  SELECT (SELECT epoch FROM epoch), pg_backend_pid() % 64, count(*), sum(terminated),"
    "    sum(stored), sum(merged), sum(rejected), sum(empty)"
    "    FROM given JOIN ended USING (stream_sequence) HAVING count(*) > 0"
    "  ON CONFLICT (epoch, slot) DO UPDATE SET messages = l.messages + excluded.messages,"
    "    messages_terminated = l.messages_terminated + excluded.messages_terminated,"
    "    samples_stored = l.samples_stored + excluded.samples_stored,"
    "    samples_merged = l.samples_merged + excluded.samples_merged,"
    "    samples_rejected = l.samples_rejected + excluded.samples_rejected,"
    "    samples_empty = l.samples_empty + excluded.samples_empty"
    ") SELECT stream_sequence FROM ended";

postgres::Param column(std::span<const MessageEnd> ends, std::uint64_t MessageEnd::*field) {
  std::vector<std::int64_t> numbers;
  numbers.reserve(ends.size());
  for (const MessageEnd& end : ends) numbers.push_back(static_cast<std::int64_t>(end.*field));
  return postgres::to_param(numbers);
}

postgres::Param terminated_column(std::span<const MessageEnd> ends) {
  std::vector<std::int64_t> numbers;
  numbers.reserve(ends.size());
  for (const MessageEnd& end : ends) numbers.push_back(end.terminated ? 1 : 0);
  return postgres::to_param(numbers);
}

}  // namespace

absl::StatusOr<std::vector<bool>> write_message_ends(postgres::Connection& connection,
                                                     std::span<const MessageEnd> ends) {
  std::vector<bool> is_new(ends.size(), false);
  if (ends.empty()) return is_new;
  const auto ended = connection.execute(
      kWriteEnds, {column(ends, &MessageEnd::stream_sequence), column(ends, &MessageEnd::stored),
                   column(ends, &MessageEnd::merged), column(ends, &MessageEnd::rejected),
                   column(ends, &MessageEnd::empty), terminated_column(ends)});
  if (!ended.ok()) {
    const std::string cause = "cannot write the ledger: " + error::message(ended.status());
    // A constraint or a data exception here is a bug of ours or an operator's change.
    if (absl::IsInvalidArgument(ended.status()) || absl::IsFailedPrecondition(ended.status()) ||
        absl::IsAlreadyExists(ended.status())) {
      return absl::InternalError(cause);
    }
    return ended.status();
  }
  std::unordered_set<std::int64_t> fresh;
  for (int row = 0; row < ended->rows(); ++row) fresh.insert(ended->int8(row, 0));
  for (std::size_t i = 0; i < ends.size(); ++i) {
    is_new[i] = fresh.contains(static_cast<std::int64_t>(ends[i].stream_sequence));
  }
  return is_new;
}

}  // namespace millrace::time_series
