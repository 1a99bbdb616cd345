// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/rollup_reader.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/postgres/binary.h"
#include "lib/time_series/rollup_record.h"
#include "lib/time_series/week.h"

namespace millrace::time_series {
namespace {

using std::chrono::hours;
using std::chrono::weeks;

constexpr std::size_t kRecordsBytes = kQuartersPerHour * kRollupRecordBytes;
constexpr std::size_t kHourBytes = 4;
constexpr std::size_t kFirstKeyParam = 6;
constexpr int kFirstRecordsColumn = 4;

// Columns of a statement have a bound in PostgreSQL; a series with more is read as points.
constexpr std::size_t kMaxValues = 1000;

// Marks of one endpoint and page that are looked at; where there are more, the worker has much to
// do, and the page is read as points.
constexpr std::size_t kMaxMarks = 2000;

// Rows of a page come as three values of one row: several times cheaper than as rows, for the
// server and for us. With it, of the same snapshot, what tells which of them count: the marks, and
// the weeks whose partition is attached and is the one that was rolled up. A value that an hour
// does not have is $5, records of no points.
std::string page_sql(std::size_t values) {
  std::string places;
  std::string records;
  for (std::size_t i = 0; i < values; ++i) {
    places += fmt::format(", array_position(value_keys, ${}) AS place_{}", kFirstKeyParam + i, i);
    records += fmt::format(
        ", string_agg(coalesce(substr(summaries, (place_{0} - 1) * {1} + 1, {1}), $5), NULL)", i,
        kRecordsBytes);
  }
  return fmt::format(
      "SELECT ARRAY(SELECT first_hour FROM time_series.rollup_mark WHERE endpoint_key IN (0, $1)"
      "   AND first_hour < $3 AND last_hour >= $2 ORDER BY first_hour, last_hour LIMIT {0}),"
      " ARRAY(SELECT last_hour FROM time_series.rollup_mark WHERE endpoint_key IN (0, $1)"
      "   AND first_hour < $3 AND last_hour >= $2 ORDER BY first_hour, last_hour LIMIT {0}),"
      " ARRAY(SELECT w.first_hour FROM time_series.rollup_week w JOIN pg_inherits i"
      "   ON i.inhrelid = w.partition WHERE i.inhparent = 'time_series.frame'::regclass"
      "   AND NOT i.inhdetachpending AND w.first_hour < $3 AND w.first_hour > $2 - {1}),"
      " string_agg(int4send(hour), NULL){2} FROM (SELECT hour, summaries{3}"
      "   FROM time_series.rollup WHERE endpoint_key = $1 AND hour >= $2 AND hour < $3"
      "   ORDER BY hour LIMIT $4) AS page",
      kMaxMarks, hours(weeks(1)).count(), records, places);
}

bool is_before_rollups(const absl::Status& status) {
  return postgres::sqlstate(status) == "42P01";
}

// Joined with the part before, where that has no summaries either.
void add_uncovered(std::vector<RollupPart>& parts, time::UnixMicros from, time::UnixMicros to) {
  if (from >= to) return;
  if (!parts.empty() && !parts.back().covered()) {
    parts.back().range.to = to;
  } else {
    parts.push_back({{from, to}, {}});
  }
}

std::int64_t points_of(const RollupPart& part) {
  std::int64_t points = 0;
  for (const aggregation::Summary& summary : part.summaries) {
    points = std::max(points, summary.count);
  }
  return points;
}

// Covered parts between two that are not, short and with few points together, become points too.
std::vector<RollupPart> without_crumbs(std::vector<RollupPart> parts, const RollupLimits& limits) {
  std::vector<RollupPart> kept;
  for (std::size_t i = 0; i < parts.size();) {
    std::size_t end = i;
    std::int64_t points = 0;
    for (; end < parts.size() && parts[end].covered(); ++end) points += points_of(parts[end]);
    const bool is_between = i > 0 && end < parts.size();
    if (end == i) {
      add_uncovered(kept, parts[i].range.from, parts[i].range.to);
      ++i;
    } else if (is_between && points < limits.worth_points &&
               parts[end - 1].range.to - parts[i].range.from < limits.worth_time) {
      add_uncovered(kept, parts[i].range.from, parts[end - 1].range.to);
      i = end;
    } else {
      for (; i < end; ++i) kept.push_back(std::move(parts[i]));
    }
  }
  return kept;
}

// Which of a page's hours count.
class Counting {
 public:
  explicit Counting(const postgres::Result& page)
      : first_(page.int4_array(0, 0)), last_(page.int4_array(0, 1)), weeks_(page.int4_array(0, 2)) {
    std::sort(weeks_.begin(), weeks_.end());
  }

  // Asked in ascending order.
  bool counts(Hour hour) {
    const std::int32_t number = hour_number(hour);
    for (; next_ < first_.size() && first_[next_] <= number; ++next_) {
      marked_until_ = std::max(marked_until_, last_[next_]);
    }
    const std::int32_t week = hour_number(Hour(week_of(hour)));
    return first_.size() < kMaxMarks && number > marked_until_ &&
           std::binary_search(weeks_.begin(), weeks_.end(), week);
  }

 private:
  const std::vector<std::int32_t> first_;  // of the marks, ascending
  const std::vector<std::int32_t> last_;
  std::vector<std::int32_t> weeks_;
  std::size_t next_ = 0;
  std::int32_t marked_until_ = std::numeric_limits<std::int32_t>::min();
};

}  // namespace

RollupReader::RollupReader(StoredSeries series, TimeRange range, RollupLimits limits)
    : series_(std::move(series)), range_(range), limits_(limits), position_(range.from) {
  for (std::size_t i = 0; i < series_.values.size(); ++i) {
    if (series_.values[i].type != ValueType::kString) numbers_.push_back(i);
  }
  const auto bytes_per_hour =
      static_cast<std::int64_t>(std::max<std::size_t>(numbers_.size(), 1) * kRecordsBytes);
  hours_per_page_ = std::clamp(limits_.bytes / bytes_per_hour, std::int64_t{1},
                               std::max<std::int64_t>(limits_.hours, 1));
  sql_ = page_sql(numbers_.size());
}

absl::StatusOr<std::optional<std::vector<RollupPart>>> RollupReader::next(
    postgres::Connection& connection) {
  if (position_ >= range_.to) return std::nullopt;
  std::vector<RollupPart> parts;
  time::UnixMicros position = position_;
  time::UnixMicros end = range_.to;
  if (!numbers_.empty() && numbers_.size() <= kMaxValues) {
    const auto page = read_page(connection);
    if (is_before_rollups(page.status())) {
      parts.push_back({{position_, range_.to}, {}});
      position_ = range_.to;
      return parts;
    }
    if (!page.ok()) return explain_failure(page.status());
    Counting counting(*page);
    const std::string_view hours_read = page->is_null(0, 3) ? "" : page->bytea(0, 3);
    const std::size_t rows = hours_read.size() / kHourBytes;
    for (std::size_t row = 0; row < rows; ++row) {
      const Hour hour = hour_of_number(
          postgres::binary::read_int32(hours_read.substr(row * kHourBytes, kHourBytes)));
      if (counting.counts(hour)) add_hour(parts, *page, row, hour, position);
      if (static_cast<std::int64_t>(rows) == hours_per_page_) {
        end = std::min(range_.to, time::UnixMicros(hour + hours{1}));
      }
    }
  }
  add_uncovered(parts, position, end);
  position_ = end;
  return without_crumbs(std::move(parts), limits_);
}

absl::StatusOr<postgres::Result> RollupReader::read_page(postgres::Connection& connection) const {
  const std::string nothing(kRecordsBytes, '\0');
  std::vector<postgres::Param> params = {
      postgres::to_param(series_.endpoint_key), postgres::to_param(hour_number(hour_of(position_))),
      postgres::to_param(hour_number(std::chrono::ceil<hours>(range_.to))),
      postgres::to_param(hours_per_page_), postgres::bytea_param(nothing)};
  for (const std::size_t value : numbers_) {
    params.push_back(postgres::to_param(series_.value_keys[value]));
  }
  return connection.execute(sql_, params);
}

void RollupReader::add_hour(std::vector<RollupPart>& parts, const postgres::Result& page,
                            std::size_t row, Hour hour, time::UnixMicros& position) const {
  for (std::size_t quarter = 0; quarter < kQuartersPerHour; ++quarter) {
    const time::UnixMicros begin = begin_of_quarter(hour, quarter);
    if (begin < position || begin + kQuarter > range_.to) continue;
    RollupPart part{{begin, begin + kQuarter}, {}};
    part.summaries.resize(series_.values.size());
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
      const std::string_view records = page.bytea(0, kFirstRecordsColumn + static_cast<int>(i));
      part.summaries[numbers_[i]] = read_rollup_record(
          records.substr(row * kRecordsBytes + quarter * kRollupRecordBytes, kRollupRecordBytes),
          begin);
    }
    add_uncovered(parts, position, begin);
    parts.push_back(std::move(part));
    position = begin + kQuarter;
  }
}

}  // namespace millrace::time_series
