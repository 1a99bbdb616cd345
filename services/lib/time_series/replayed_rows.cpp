// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/replayed_rows.h"

#include <string>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/time_series/rejected_sample_writer.h"

namespace millrace::time_series {
namespace {

// What is looked for, by the primary key. Times come as microseconds and are put together from
// whole hours and a rest, since PostgreSQL multiplies intervals in floating point.
constexpr char kWanted[] =
    "unnest($1::int[], $2::text[], $3::bigint[], $4::bigint[]) WITH ORDINALITY"
    " AS w (application_key, endpoint_id, received_us, seq, place)";
constexpr char kIsWanted[] =
    "r.application_key = w.application_key AND r.endpoint_id = w.endpoint_id"
    " AND r.received_at = 'epoch'::timestamptz"
    " + make_interval(hours => (w.received_us / 3600000000)::int)"
    " + (w.received_us % 3600000000) * interval '1 microsecond' AND r.seq = w.seq";

// `locking` in the order of their keys, so that replicas do not wait for each other crosswise.
std::string select(bool locking) {
  return fmt::format(
      "SELECT w.place, r.rejected_at FROM {} JOIN time_series.rejected_sample r ON {}{}", kWanted,
      kIsWanted,
      locking ? " ORDER BY r.application_key, r.endpoint_id, r.received_at, r.seq"
                " FOR UPDATE OF r"
              : "");
}

std::vector<postgres::Param> params_of(std::span<const ReplayedUpload> uploads) {
  std::vector<std::int32_t> application_keys;
  std::vector<std::string> endpoint_ids;
  std::vector<std::int64_t> received_us;
  std::vector<std::int64_t> seqs;
  for (const ReplayedUpload& upload : uploads) {
    application_keys.push_back(upload.application_key);
    endpoint_ids.emplace_back(upload.endpoint_id);
    received_us.push_back(time::to_unix_us(storable_receipt_time(upload.row.received_at)));
    seqs.push_back(upload.row.seq);
  }
  return {postgres::to_param(application_keys), postgres::to_param(endpoint_ids),
          postgres::to_param(received_us), postgres::to_param(seqs)};
}

}  // namespace

absl::StatusOr<ReplayedRows::RejectedAt> ReplayedRows::find(
    std::span<const ReplayedUpload> uploads) {
  static const std::string kFind = select(false);
  return read(kFind, uploads);
}

absl::StatusOr<ReplayedRows::RejectedAt> ReplayedRows::lock(
    std::span<const ReplayedUpload> uploads) {
  static const std::string kLock = select(true);
  return read(kLock, uploads);
}

absl::Status ReplayedRows::remove(std::span<const ReplayedUpload> uploads) {
  static const std::string kRemove = fmt::format(
      "DELETE FROM time_series.rejected_sample r USING {} WHERE {}", kWanted, kIsWanted);
  return connection_.execute(kRemove, params_of(uploads)).status();
}

absl::StatusOr<ReplayedRows::RejectedAt> ReplayedRows::read(
    const std::string& sql, std::span<const ReplayedUpload> uploads) {
  MILLRACE_ASSIGN_OR_RETURN(const auto rows, connection_.execute(sql, params_of(uploads)));
  RejectedAt found(uploads.size());
  for (int row = 0; row < rows.rows(); ++row) {
    found[static_cast<std::size_t>(rows.int8(row, 0) - 1)] = rows.timestamp(row, 1);
  }
  return found;
}

}  // namespace millrace::time_series
