// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/endpoint_history.h"

#include "lib/error/error.h"
#include "lib/time_series/reader.h"

namespace millrace::time_series {
namespace {

// The frames first, by the primary key from its end, then their names.
constexpr char kNewestFrames[] =
    "SELECT f.time, f.seq, coalesce(f.replaced, 0), f.layout_key, v.series_name, v.value_name,"
    " v.value_type, f.numbers[k.place], f.texts[k.place - cardinality(l.number_keys)]"
    " FROM (SELECT * FROM time_series.frame WHERE endpoint_key = ("
    "    SELECT endpoint_key FROM time_series.endpoint"
    "    WHERE application_key = $1 AND endpoint_id = $2)"
    "  ORDER BY time DESC, layout_key DESC LIMIT $3) AS f"
    " JOIN time_series.layout l USING (layout_key)"
    " CROSS JOIN LATERAL unnest(l.number_keys || l.text_keys) WITH ORDINALITY AS k (value_key, "
    "place)"
    " JOIN time_series.series_value v ON v.value_key = k.value_key"
    " WHERE k.place <= $4 ORDER BY f.time DESC, f.layout_key DESC, k.place";

constexpr char kEnded[] =
    "SELECT stream_sequence FROM time_series.ended_message"
    " WHERE epoch = (SELECT max(epoch) FROM time_series.ledger_epoch)"
    " AND stream_sequence = ANY ($1)";

StoredValue value_of(const postgres::Result& rows, int row) {
  StoredValue value;
  value.series_name = rows.text(row, 4);
  value.value_name = rows.text(row, 5);
  value.type = static_cast<ValueType>(rows.int2(row, 6));
  if (!rows.is_null(row, 7)) value.number = rows.float8(row, 7);
  if (!rows.is_null(row, 8)) value.text = std::string(rows.text(row, 8));
  return value;
}

}  // namespace

absl::StatusOr<std::vector<StoredFrame>> read_newest_frames(postgres::Connection& connection,
                                                            std::int32_t application_key,
                                                            const std::string& endpoint_id,
                                                            std::int64_t limit) {
  const auto rows = connection.execute(
      kNewestFrames, {postgres::to_param(application_key), postgres::to_param(endpoint_id),
                      postgres::to_param(limit), postgres::to_param(kMaxHistoryValues)});
  if (!rows.ok()) return explain_failure(rows.status());
  std::vector<StoredFrame> frames;
  std::int32_t layout_key = 0;
  for (int row = 0; row < rows->rows(); ++row) {
    const time::UnixMicros time = rows->timestamp(row, 0);
    if (frames.empty() || frames.back().time != time || layout_key != rows->int4(row, 3)) {
      frames.push_back({time, rows->int8(row, 1), rows->int4(row, 2), {}});
      layout_key = rows->int4(row, 3);
    }
    frames.back().values.push_back(value_of(*rows, row));
  }
  return frames;
}

absl::StatusOr<std::vector<std::int64_t>> read_ended(postgres::Connection& connection,
                                                     const std::vector<std::int64_t>& sequences) {
  const auto rows = connection.execute(kEnded, {postgres::to_param(sequences)});
  if (!rows.ok()) return explain_failure(rows.status());
  std::vector<std::int64_t> ended;
  for (int row = 0; row < rows->rows(); ++row) ended.push_back(rows->int8(row, 0));
  return ended;
}

}  // namespace millrace::time_series
