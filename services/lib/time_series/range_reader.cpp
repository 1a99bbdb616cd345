// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/range_reader.h"

#include <algorithm>
#include <utility>

#include "lib/error/error.h"

namespace millrace::time_series {
namespace {

// The parameters of a statement have their bound too.
constexpr std::size_t kMaxValuesTogether = 200;

template <typename Values>
Values part_of(const Values& values, std::size_t first, std::size_t count) {
  const auto begin = values.begin() + static_cast<std::ptrdiff_t>(first);
  return Values(begin, begin + static_cast<std::ptrdiff_t>(count));
}

PointBatch part_of(const PointBatch& batch, std::size_t first, std::size_t count) {
  PointBatch part;
  part.times = part_of(batch.times, first, count);
  for (const PointColumn& column : batch.columns) {
    part.columns.push_back({column.value,
                            part_of(column.numbers, first, count),
                            {},
                            part_of(column.present, first, count)});
  }
  return part;
}

}  // namespace

RangeReader::RangeReader(RangeQuery query, RangeLimits limits)
    : query_(std::move(query)), limits_(limits) {
  if (query_.behind) endpoint_ = query_.behind->endpoint;
}

absl::StatusOr<std::optional<RangeStep>> RangeReader::next(postgres::Connection& connection,
                                                           std::int64_t max_points) {
  if (!partitions_) {
    MILLRACE_ASSIGN_OR_RETURN(partitions_, read_partitions(connection));
  }
  while (!scan_) {
    if (summaries_) {
      MILLRACE_ASSIGN_OR_RETURN(auto step, read_summaries(connection));
      if (step) return step;
    } else if (!finder_) {
      if (endpoint_ >= query_.endpoint_ids.size()) return std::nullopt;
      MILLRACE_RETURN_IF_ERROR(enter_endpoint(connection));
    } else if (!pending_.empty()) {
      open_group(next_group(max_points));
    } else if (!finder_->at_end()) {
      MILLRACE_RETURN_IF_ERROR(find_more_series(connection));
    } else {
      finder_.reset();
      ++endpoint_;
      // An endpoint without any of the series is a step too: the caller may want to stop.
      if (endpoint_ < query_.endpoint_ids.size()) return RangeStep{};
    }
  }
  if (ahead_) return give_out(max_points);
  if (scan_->size() == 1) return read_one(connection, max_points);
  MILLRACE_RETURN_IF_ERROR(read_ahead(connection));
  return RangeStep{};
}

absl::Status RangeReader::enter_endpoint(postgres::Connection& connection) {
  const std::string& endpoint_id = query_.endpoint_ids[endpoint_];
  if (!keys_) {
    MILLRACE_ASSIGN_OR_RETURN(keys_,
                              read_keys(connection, query_.application_key, query_.series_names));
  }
  MILLRACE_ASSIGN_OR_RETURN(
      SeriesFinder finder,
      SeriesFinder::open(connection, query_.application_key, endpoint_id, *keys_));
  if (query_.behind && query_.behind->endpoint == endpoint_) {
    finder.skip_to(query_.behind->series_name);
  }
  finder_ = finder;
  return absl::OkStatus();
}

absl::Status RangeReader::find_more_series(postgres::Connection& connection) {
  MILLRACE_ASSIGN_OR_RETURN(pending_, finder_->next(connection));
  std::reverse(pending_.begin(), pending_.end());
  alone_ = 0;
  return absl::OkStatus();
}

TimeRange RangeReader::remaining_range(const std::string& series_name) const {
  TimeRange range = query_.range;
  const auto& behind = query_.behind;
  if (!behind || behind->endpoint != endpoint_ || behind->series_name != series_name) return range;
  if (query_.direction == Direction::kAscending) {
    range.from = std::max(range.from, behind->time + std::chrono::microseconds{1});
  } else {
    range.to = std::min(range.to, behind->time);
  }
  return range;
}

// The next series, with those behind it that can be read in the same go. A caller that takes few
// points may want no more than these.
std::vector<StoredSeries> RangeReader::next_group(std::int64_t max_points) {
  std::vector<StoredSeries> group;
  const bool together = !query_.takes_summary && limits_.ahead_bytes > 0 && alone_ == 0 &&
                        max_points >= limits_.points;
  if (alone_ > 0) --alone_;
  std::size_t values = 0;
  do {
    values += pending_.back().values.size();
    group.push_back(std::move(pending_.back()));
    pending_.pop_back();
  } while (together && !pending_.empty() && can_share_scan(group.front(), pending_.back()) &&
           values + pending_.back().values.size() <= kMaxValuesTogether &&
           remaining_range(group.front().name) == remaining_range(pending_.back().name));
  return group;
}

void RangeReader::open_group(std::vector<StoredSeries> series) {
  const TimeRange range = remaining_range(series.front().name);
  if (query_.takes_summary && !has_text(series.front())) {
    summaries_.emplace(std::move(series.front()), range, query_.takes_summary);
  } else {
    open_scan(std::move(series), range);
  }
}

void RangeReader::open_scan(std::vector<StoredSeries> series, const TimeRange& range) {
  SeriesScan::Bounds bounds;
  bounds.windows = split_into_windows(*partitions_, range, limits_.partitions_per_window);
  if (bounds.windows.empty()) return;
  bounds.direction = query_.direction;
  if (query_.direction == Direction::kDescending) {
    std::reverse(bounds.windows.begin(), bounds.windows.end());
  }
  bounds.max_rows = limits_.points;
  bounds.text_bytes = limits_.text_bytes;
  scan_.emplace(std::move(series), std::move(bounds));
}

// The next summaries of the series; or nothing, and its next points are being read, or it is over.
absl::StatusOr<std::optional<RangeStep>> RangeReader::read_summaries(
    postgres::Connection& connection) {
  MILLRACE_ASSIGN_OR_RETURN(auto run, summaries_->next(connection));
  if (!run) {
    summaries_.reset();
    return std::nullopt;
  }
  const StoredSeries& series = summaries_->series();
  if (run->summaries.empty()) {
    open_scan({series}, run->points);
    return std::nullopt;
  }
  RangeStep step = step_of(series.name, PointMerger(series).take());
  step.summaries = std::move(run->summaries);
  return step;
}

absl::StatusOr<RangeStep> RangeReader::read_one(postgres::Connection& connection,
                                                std::int64_t max_points) {
  MILLRACE_RETURN_IF_ERROR(scan_->read_page(connection, max_points));
  RangeStep step = step_of(scan_->series(0).name, scan_->take(0));
  if (scan_->at_end()) scan_.reset();
  return step;
}

absl::Status RangeReader::read_ahead(postgres::Connection& connection) {
  MILLRACE_RETURN_IF_ERROR(scan_->read_page(connection, limits_.points));
  if (scan_->held_bytes() > limits_.ahead_bytes) {
    // Too much to keep: once more, one by one.
    alone_ = scan_->size();
    for (std::size_t i = scan_->size(); i-- > 0;) pending_.push_back(scan_->series(i));
    scan_.reset();
  } else if (scan_->at_end()) {
    ahead_.emplace(Ahead{0, scan_->take(0), 0});
  }
  return absl::OkStatus();
}

RangeStep RangeReader::give_out(std::int64_t max_points) {
  const PointBatch& batch = ahead_->points;
  const auto wanted =
      static_cast<std::size_t>(std::clamp(max_points, std::int64_t{1}, limits_.points));
  const std::size_t count = std::min(wanted, batch.times.size() - ahead_->given);
  RangeStep step =
      step_of(scan_->series(ahead_->series).name, part_of(batch, ahead_->given, count));
  ahead_->given += count;
  if (ahead_->given == batch.times.size()) {
    const std::size_t next = ahead_->series + 1;
    if (next < scan_->size()) {
      ahead_.emplace(Ahead{next, scan_->take(next), 0});
    } else {
      ahead_.reset();
      scan_.reset();
    }
  }
  return step;
}

RangeStep RangeReader::step_of(const std::string& series_name, PointBatch points) const {
  RangeStep step{query_.endpoint_ids[endpoint_], series_name, {}, std::move(points), {}};
  if (!step.points.times.empty()) {
    step.position = {endpoint_, step.series_name, step.points.times.back()};
  }
  return step;
}

}  // namespace millrace::time_series
