// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/rejected_sample_writer.h"

#include <algorithm>
#include <string>

#include "lib/error/error.h"

namespace millrace::time_series {
namespace {

constexpr char kMakeStaging[] =
    "CREATE TEMPORARY TABLE IF NOT EXISTS rejected_sample_staging (application_key int,"
    " endpoint_id text, received_at timestamptz, seq bigint, app_version_name text, reason text,"
    " detail text, partly_stored boolean, sample bytea, sample_cut boolean, rules_version bigint,"
    " correlation_id text, path text, value bytea, sample_count int, content_type text,"
    " rejected_at timestamptz) ON COMMIT DELETE ROWS";

constexpr char kInsert[] =
    "INSERT INTO time_series.rejected_sample (application_key, endpoint_id, received_at, seq,"
    " app_version_name, reason, detail, partly_stored, sample, sample_cut, rules_version,"
    " correlation_id, path, value, sample_count, content_type, rejected_at)"
    " SELECT application_key, endpoint_id, received_at, seq, app_version_name, reason, detail,"
    " partly_stored, sample, sample_cut, rules_version, correlation_id, path, value, sample_count,"
    " content_type, coalesce(rejected_at, now())"
    " FROM rejected_sample_staging ORDER BY application_key, endpoint_id, received_at, seq"
    " ON CONFLICT (application_key, endpoint_id, received_at, seq) DO NOTHING RETURNING seq";

constexpr time::UnixMicros kEarliest{std::chrono::microseconds{-62'135'596'800'000'000}};  // year 1
constexpr time::UnixMicros kLatest{
    std::chrono::microseconds{253'402'300'799'999'999}};  // end of 9999

}  // namespace

time::UnixMicros storable_receipt_time(time::UnixMicros received_at) {
  return std::clamp(received_at, kEarliest, kLatest);
}

absl::Status RejectedSampleWriter::prepare(postgres::Connection& connection) {
  return connection.execute_script(kMakeStaging);
}

absl::StatusOr<std::unordered_set<std::int64_t>> RejectedSampleWriter::write(
    std::span<const RejectedRow> rows) {
  std::unordered_set<std::int64_t> inserted;
  if (rows.empty()) return inserted;
  buffer_.clear();
  for (const RejectedRow& row : rows) encode(row);
  buffer_.finish();
  const auto copied = connection_.copy_binary("rejected_sample_staging", buffer_.data());
  if (!copied.ok()) return copied.status();
  MILLRACE_ASSIGN_OR_RETURN(const auto result, connection_.execute(kInsert));
  for (int row = 0; row < result.rows(); ++row) inserted.insert(result.int8(row, 0));
  return inserted;
}

void RejectedSampleWriter::encode(const RejectedRow& row) {
  const SampleBatch::Upload& upload = *row.upload;
  const SampleBatch::Sample& sample = *row.sample;
  std::string late;
  if (upload.late_texts != nullptr) late = upload.late_texts->text(sample);
  const std::string_view text = upload.late_texts != nullptr ? late : sample.json;
  buffer_.row(17);
  buffer_.int4(row.application_key);
  buffer_.text(upload.endpoint_id);
  buffer_.timestamp(storable_receipt_time(sample.received_at));
  buffer_.int8(sample.seq);
  buffer_.text(upload.app_version_name);
  buffer_.text(word(row.rejection.reason));
  buffer_.text(row.rejection.detail);
  buffer_.boolean(row.partly_stored);
  buffer_.bytea(text.substr(0, max_sample_bytes_));
  buffer_.boolean(text.size() > max_sample_bytes_);
  buffer_.int8(upload.rules_version);
  buffer_.text(upload.correlation_id);
  buffer_.text(row.rejection.path);
  buffer_.bytea(std::string_view(row.rejection.value).substr(0, kMaxRejectedValueBytes));
  buffer_.int4(static_cast<std::int32_t>(sample.weight));
  buffer_.text(upload.content_type);
  if (row.rejected_at.has_value()) {
    buffer_.timestamp(*row.rejected_at);
  } else {
    buffer_.null();
  }
}

}  // namespace millrace::time_series
