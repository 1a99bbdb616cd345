// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/ledger.h"

#include <algorithm>

#include "lib/error/error.h"
#include "lib/time_series/reader.h"

namespace millrace::time_series {
namespace {

constexpr char kRead[] =
    "SELECT e.epoch, e.stream_created, e.began_at, e.messages_before,"
    " coalesce(sum(l.messages), 0)::bigint, coalesce(sum(l.messages_terminated), 0)::bigint,"
    " coalesce(sum(l.samples_stored), 0)::bigint, coalesce(sum(l.samples_merged), 0)::bigint,"
    " coalesce(sum(l.samples_rejected), 0)::bigint, coalesce(sum(l.samples_empty), 0)::bigint"
    " FROM time_series.ledger_epoch e LEFT JOIN time_series.ledger l USING (epoch)"
    " WHERE e.epoch = (SELECT max(epoch) FROM time_series.ledger_epoch) GROUP BY e.epoch";

constexpr char kEpoch[] =
    "SELECT epoch, stream_created, pg_is_in_recovery() FROM time_series.ledger_epoch"
    " ORDER BY epoch DESC LIMIT 1";

// The highest position that the newest epoch knows of: a stream that ends below it was put back.
constexpr char kHighest[] =
    "SELECT e.stream_created, greatest(e.last_sequence, (SELECT max(stream_sequence)"
    "  FROM time_series.ended_message m WHERE m.epoch = e.epoch))"
    " FROM time_series.ledger_epoch e ORDER BY e.epoch DESC LIMIT 1";

constexpr char kBegin[] =
    "INSERT INTO time_series.ledger_epoch (stream_created, last_sequence, messages_before)"
    " VALUES ($1, $2, $3)";

// Earlier epochs come first in the index, too. The newest message stays: a stream that ends below
// it was put back.
constexpr char kForget[] =
    "DELETE FROM time_series.ended_message WHERE (epoch, stream_sequence) IN ("
    "  SELECT epoch, stream_sequence FROM time_series.ended_message"
    "  WHERE (epoch, stream_sequence) <"
    "    ((SELECT coalesce(max(epoch), 0) FROM time_series.ledger_epoch), $1::bigint)"
    "  ORDER BY epoch, stream_sequence LIMIT $2)";

}  // namespace

absl::StatusOr<std::optional<LedgerEpoch>> read_epoch(postgres::Connection& connection) {
  const auto rows = connection.execute(kEpoch);
  if (!rows.ok()) return explain_failure(rows.status());
  if (rows->rows() == 0) return std::nullopt;
  return LedgerEpoch{rows->int4(0, 0), std::string(rows->text(0, 1)), rows->boolean(0, 2)};
}

absl::StatusOr<std::optional<Ledger>> read_ledger(postgres::Connection& connection) {
  MILLRACE_ASSIGN_OR_RETURN(const auto rows, connection.execute(kRead));
  if (rows.rows() == 0) return std::nullopt;
  Ledger ledger;
  ledger.epoch = rows.int4(0, 0);
  ledger.stream_created = rows.text(0, 1);
  ledger.began_at = rows.timestamp(0, 2);
  ledger.messages_before = rows.int8(0, 3);
  ledger.messages = rows.int8(0, 4);
  ledger.messages_terminated = rows.int8(0, 5);
  ledger.samples_stored = rows.int8(0, 6);
  ledger.samples_merged = rows.int8(0, 7);
  ledger.samples_rejected = rows.int8(0, 8);
  ledger.samples_empty = rows.int8(0, 9);
  return ledger;
}

// A message leaves the stream by its acknowledgement, which follows the commit that ended it. So at
// any moment no more have left than have ended; and those that ended and are still there were
// delivered: they wait for their acknowledgement, or a nats-server that was killed has them again
// and gives them to nobody.
std::int64_t difference(const Ledger& before, const StreamPosition& stream, const Ledger& after) {
  const std::int64_t left = before.received(stream) - stream.messages;
  if (left > after.messages) return left - after.messages;
  const std::int64_t delivered = std::max<std::int64_t>(0, stream.messages - stream.undelivered);
  const std::int64_t excess = before.messages - left - delivered;
  return excess > 0 ? -excess : 0;
}

absl::StatusOr<bool> begin_epoch_if_new(
    postgres::Connection& connection,
    const std::function<absl::StatusOr<StreamPosition>()>& ask_stream) {
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(connection));
  MILLRACE_RETURN_IF_ERROR(
      connection.execute("LOCK TABLE time_series.ledger_epoch IN SHARE ROW EXCLUSIVE MODE")
          .status());
  // In this order: what ended before the stream is asked is not above its last position.
  MILLRACE_ASSIGN_OR_RETURN(const auto highest, connection.execute(kHighest));
  MILLRACE_ASSIGN_OR_RETURN(const StreamPosition stream, ask_stream());
  if (highest.rows() > 0 && highest.text(0, 0) == stream.created &&
      highest.int8(0, 1) <= stream.last_sequence) {
    return false;
  }
  MILLRACE_RETURN_IF_ERROR(
      connection
          .execute(kBegin,
                   {postgres::to_param(stream.created), postgres::to_param(stream.last_sequence),
                    postgres::to_param(stream.last_sequence - stream.messages)})
          .status());
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return true;
}

absl::StatusOr<std::int64_t> forget_ended_messages(postgres::Connection& connection,
                                                   std::int64_t first_sequence) {
  MILLRACE_ASSIGN_OR_RETURN(
      const auto deleted, connection.execute(kForget, {postgres::to_param(first_sequence - 1),
                                                       postgres::to_param(kMaxForgottenMessages)}));
  return deleted.affected_rows();
}

}  // namespace millrace::time_series
