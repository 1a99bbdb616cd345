// SPDX-License-Identifier: Apache-2.0
#include "query/chart_reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"

namespace millrace::query {
namespace {

bool is_wanted(const ChartQuery& query, const time_series::ValueDescription& value) {
  const auto& names = query.value_names;
  return value.type != time_series::ValueType::kString &&
         (names.empty() || std::find(names.begin(), names.end(), value.name) != names.end());
}

time_series::TimeRange to_range(const aggregation::Span& span) {
  return {span.start, span.end};
}

}  // namespace

ChartReader::ChartReader(std::int32_t application_key, const ChartQuery& query)
    : application_key_(application_key), query_(query) {}

absl::StatusOr<std::optional<ChartStep>> ChartReader::next(postgres::Connection& connection,
                                                           std::size_t max_points) {
  if (drawn_) return give(max_points);
  if (is_complete_ && !drawings_.empty()) {
    draw_next();
    return ChartStep{};
  }
  is_complete_ = false;
  if (!walk_) MILLRACE_RETURN_IF_ERROR(begin(connection));
  MILLRACE_ASSIGN_OR_RETURN(WalkStep step, (again_ ? again_ : walk_)->next(connection));
  switch (step.kind) {
    case WalkStep::Kind::kNothing:
      break;
    case WalkStep::Kind::kPoints:
      if (drawings_.empty()) MILLRACE_RETURN_IF_ERROR(begin_series(step));
      add(step);
      break;
    case WalkStep::Kind::kSeriesEnd:
      end_series(std::move(step));
      break;
    case WalkStep::Kind::kEnd:
      if (!again_) return std::nullopt;
      again_.reset();
      break;
  }
  return ChartStep{};
}

// What has no value that is wanted, as where all are strings, need not be read.
absl::Status ChartReader::begin(postgres::Connection& connection) {
  MILLRACE_ASSIGN_OR_RETURN(
      const auto keys, time_series::read_keys(connection, application_key_, query_.series_names));
  time_series::RangeQuery range;
  range.application_key = application_key_;
  range.range = to_range(query_.range);
  range.takes_summary = takes_summary();
  for (const time_series::KeyedSeries& series : keys) {
    const bool has_wanted = std::any_of(series.values.begin(), series.values.end(),
                                        [this](const time_series::KeyedValue& value) {
                                          return is_wanted(query_, value.description);
                                        });
    if (has_wanted) range.series_names.push_back(series.name);
  }
  if (!range.series_names.empty()) range.endpoint_ids = query_.endpoint_ids;
  walk_.emplace(std::move(range));
  return absl::OkStatus();
}

// Parts of the picture that begin and end with quarters of an hour.
time_series::TakesSummary ChartReader::takes_summary() const {
  if (query_.range.start >= query_.range.end) return nullptr;
  const auto parts = aggregation::chart_parts(query_.range, query_.max_points);
  if (parts.step < aggregation::kQuarter) return nullptr;
  return [](const time_series::TimeRange&) { return true; };
}

absl::Status ChartReader::begin_series(const WalkStep& step) {
  held_.reset();
  const auto& columns = step.points.columns;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!is_wanted(query_, columns[i].value)) continue;
    drawings_.push_back({columns[i].value, i, aggregation::Chart(query_.range, query_.max_points)});
  }
  if (drawings_.size() * query_.max_points <= kMaxChartPoints) return absl::OkStatus();
  return absl::ResourceExhaustedError(fmt::format(
      "cannot draw {} values of series {} with {} points each at a time: ask for some of them in "
      "value_names, or for {} max_points",
      drawings_.size(), step.series_name, query_.max_points, kMaxChartPoints / drawings_.size()));
}

// Both ends belong to it.
void ChartReader::hold(time::UnixMicros first, time::UnixMicros last) {
  const time::UnixMicros end = last + std::chrono::microseconds{1};
  if (!held_) held_ = {first, end};
  held_ = {std::min(held_->from, first), std::max(held_->to, end)};
}

void ChartReader::add(const WalkStep& step) {
  const std::vector<time::UnixMicros>& times = step.points.times;
  if (!times.empty()) hold(times.front(), times.back());
  for (Drawing& drawing : drawings_) {
    for (const time_series::RollupPart& quarter : step.summaries) {
      const aggregation::Summary& summary = quarter.summaries[drawing.column];
      drawing.chart.add(summary);
      if (summary.count > 0) hold(summary.first.time, summary.last.time);
    }
    const time_series::PointColumn& column = step.points.columns[drawing.column];
    for (std::size_t i = 0; i < times.size(); ++i) {
      if (column.present[i]) drawing.chart.add({times[i], column.numbers[i]});
    }
  }
}

void ChartReader::end_series(WalkStep step) {
  const bool once_more =
      held_ && std::any_of(drawings_.begin(), drawings_.end(),
                           [](const Drawing& drawing) { return drawing.chart.needs_points(); });
  if (once_more) {
    drawings_.clear();
    again_.emplace(time_series::RangeQuery{
        application_key_, {step.endpoint_id}, {step.series_name}, *held_, {}, {}});
    return;
  }
  again_.reset();
  is_complete_ = true;
  series_ = std::move(step);
}

// One at a time, so that no picture is held twice.
void ChartReader::draw_next() {
  const Drawing& drawing = drawings_.front();
  if (drawing.chart.count() > 0) {
    drawn_ = ChartStep{series_.endpoint_id,  series_.series_name,   drawing.value,
                       drawing.chart.step(), drawing.chart.count(), drawing.chart.points()};
    given_ = 0;
  }
  drawings_.pop_front();
}

ChartStep ChartReader::give(std::size_t max_points) {
  const std::size_t count = std::min(max_points, drawn_->points.size() - given_);
  const auto from = drawn_->points.begin() + static_cast<std::ptrdiff_t>(given_);
  ChartStep part{drawn_->endpoint_id, drawn_->series_name,
                 drawn_->value,       drawn_->step,
                 drawn_->count,       {from, from + static_cast<std::ptrdiff_t>(count)}};
  given_ += count;
  if (given_ == drawn_->points.size()) drawn_.reset();
  return part;
}

}  // namespace millrace::query
