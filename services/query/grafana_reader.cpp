// SPDX-License-Identifier: Apache-2.0
#include "query/grafana_reader.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/time_series/last_points_reader.h"
#include "lib/time_series/series_catalogue_reader.h"
#include "query/grafana_aggregate.h"
#include "query/reply.h"
#include "query/value_descriptions.h"

namespace millrace::query {
namespace {

using time_series::Direction;
using time_series::ValueType;

// Of all strings in an answer. They come on one page, of which the plugin's client takes 4 MiB.
constexpr std::size_t kMaxTextBytes = 512 * 1024;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

// Where the rules changed a value's type it has several; what can be drawn is taken.
GrafanaKind kind_of(const std::vector<ValueType>& types) {
  if (std::find(types.begin(), types.end(), ValueType::kNumber) != types.end()) {
    return GrafanaKind::kNumber;
  }
  if (std::find(types.begin(), types.end(), ValueType::kBoolean) != types.end()) {
    return GrafanaKind::kBoolean;
  }
  return GrafanaKind::kText;
}

std::vector<std::string> series_of(const std::vector<GrafanaMetric>& metrics) {
  std::vector<std::string> names;
  for (const GrafanaMetric& metric : metrics) names.push_back(metric.series_name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// What is nearer in the direction of reading.
void bring_nearer(std::optional<time::UnixMicros>& bound, std::optional<time::UnixMicros> other,
                  Direction direction) {
  if (!other) return;
  const bool nearer =
      !bound || (direction == Direction::kAscending ? *other < *bound : *other > *bound);
  if (nearer) bound = other;
}

time_series::TimeRange rest_of(const GrafanaQuery& query) {
  time_series::TimeRange range = query.range;
  if (!query.behind) return range;
  if (query.direction == Direction::kAscending) {
    range.from = std::max(range.from, *query.behind + std::chrono::microseconds{1});
  } else {
    range.to = std::min(range.to, *query.behind);
  }
  return range;
}

time::UnixMicros before_all(const time_series::TimeRange& range, Direction direction) {
  return direction == Direction::kAscending ? range.from - std::chrono::microseconds{1} : range.to;
}

void add_batch(time_series::PointBatch& batch, const std::string& value_name, GrafanaKind kind,
               GrafanaColumn& to) {
  for (std::size_t row = 0; row < batch.times.size(); ++row) {
    for (time_series::PointColumn& column : batch.columns) {
      if (column.value.name != value_name || !column.present[row]) continue;
      const bool is_text = column.value.type == ValueType::kString;
      if (is_text != (kind == GrafanaKind::kText)) continue;
      to.times.push_back(batch.times[row]);
      if (is_text) {
        to.texts.push_back(std::move(column.texts[row]));
      } else {
        to.numbers.push_back(column.numbers[row]);
      }
    }
  }
}

// The windows of one page: first <= window < end.
struct WindowPage {
  std::int64_t first = 0;
  std::int64_t end = 0;
  std::optional<time::UnixMicros> behind;  // where the next page begins
};

WindowPage windows_of(const GrafanaQuery& query) {
  const std::int64_t first = window_of(query.range.from, query.step);
  const std::int64_t end = window_of(query.range.to - std::chrono::microseconds{1}, query.step) + 1;
  WindowPage page{first, end, std::nullopt};
  if (query.direction == Direction::kAscending) {
    if (query.behind) page.first = std::clamp(window_of(*query.behind, query.step) + 1, first, end);
    page.end = std::min(end, page.first + query.max_rows);
    if (page.end < end) page.behind = window_start(page.end - 1, query.step);
  } else {
    if (query.behind) page.end = std::clamp(window_of(*query.behind, query.step), first, end);
    page.first = std::max(first, page.end - query.max_rows);
    if (page.first > first) page.behind = window_start(page.first, query.step);
  }
  return page;
}

// Of the series' newest point, where it has the value.
void add_last_value(const std::vector<time_series::LastPoint>& points, const GrafanaFrame& frame,
                    GrafanaColumn& column) {
  for (const time_series::LastPoint& point : points) {
    if (point.endpoint_id != column.endpoint_id || point.series_name != frame.series_name) continue;
    for (const time_series::NamedFrameValue& value : point.values) {
      const bool is_text = value.description.type == ValueType::kString;
      if (value.description.name != frame.value_name || value.value.null) continue;
      if (is_text != (frame.kind == GrafanaKind::kText)) continue;
      column.times.push_back(point.time);
      if (is_text) {
        column.texts.push_back(value.value.text);
      } else {
        column.numbers.push_back(value.value.number);
      }
    }
  }
}

bool is_empty(const GrafanaFrame& frame) {
  return std::all_of(frame.columns.begin(), frame.columns.end(),
                     [](const GrafanaColumn& column) { return column.times.empty(); });
}

}  // namespace

absl::StatusOr<std::vector<std::pair<std::string, std::string>>> GrafanaReader::metrics(
    const std::vector<std::string>& endpoint_ids, const std::string& filter) {
  std::vector<std::pair<std::string, std::string>> names;
  MILLRACE_ASSIGN_OR_RETURN(const auto key, calls_.find_application(call_, application_name_));
  if (!key) return names;
  v1::ListTimeSeriesResponse all;
  MILLRACE_RETURN_IF_ERROR(
      calls_.read(call_, [&](postgres::Connection& connection) -> absl::Status {
        MILLRACE_ASSIGN_OR_RETURN(const auto series,
                                  time_series::list_series(connection, *key, endpoint_ids));
        fill(all, series);
        return absl::OkStatus();
      }));
  calls_.describe(application_name_, all);
  const std::string part = lower(filter);
  for (const v1::TimeSeries& series : all.time_series()) {
    for (const v1::ValueDescription& value : series.values()) {
      const std::string name = metric_name(series.name(), value.name());
      const bool again = !names.empty() && names.back().first == name;  // with another type
      if (again || lower(name).find(part) == std::string::npos) continue;
      std::string description = value.description();
      if (!value.unit().empty()) {
        description += fmt::format("{}[{}]", description.empty() ? "" : " ", value.unit());
      }
      names.emplace_back(name, description);
      if (names.size() == kMaxGrafanaNames) return names;
    }
  }
  return names;
}

absl::StatusOr<std::vector<GrafanaFrame>> GrafanaReader::known_metrics(const GrafanaQuery& query) {
  std::vector<GrafanaFrame> frames;
  MILLRACE_ASSIGN_OR_RETURN(const auto key, calls_.find_application(call_, application_name_));
  if (!key) return frames;
  application_key_ = *key;
  std::vector<time_series::KeyedSeries> series;
  MILLRACE_RETURN_IF_ERROR(
      calls_.read(call_, [&](postgres::Connection& connection) -> absl::Status {
        MILLRACE_ASSIGN_OR_RETURN(
            series, time_series::read_keys(connection, *key, series_of(query.metrics)));
        return absl::OkStatus();
      }));
  for (const GrafanaMetric& metric : query.metrics) {
    std::vector<ValueType> types;
    for (const time_series::KeyedSeries& one : series) {
      if (one.name != metric.series_name) continue;
      for (const time_series::KeyedValue& value : one.values) {
        if (value.description.name == metric.value_name) types.push_back(value.description.type);
      }
    }
    if (types.empty()) continue;
    frames.push_back(
        {metric.name, metric.series_name, metric.value_name, kind_of(types), "", {}, ""});
    for (const std::string& id : query.target.endpoint_ids) {
      frames.back().columns.push_back({id, {}, {}, {}});
    }
  }
  set_units(frames);
  return frames;
}

void GrafanaReader::set_units(std::vector<GrafanaFrame>& frames) {
  v1::ListTimeSeriesResponse names;
  for (const GrafanaFrame& frame : frames) {
    v1::TimeSeries& series = *names.add_time_series();
    series.set_name(frame.series_name);
    series.add_values()->set_name(frame.value_name);
  }
  calls_.describe(application_name_, names);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    frames[i].unit = names.time_series(static_cast<int>(i)).values(0).unit();
  }
}

absl::StatusOr<GrafanaPage> GrafanaReader::last(const GrafanaQuery& query) {
  GrafanaPage page;
  MILLRACE_ASSIGN_OR_RETURN(page.frames, known_metrics(query));
  if (page.frames.empty()) return page;
  time_series::LastPointsQuery last;
  last.application_key = application_key_;
  last.endpoint_ids = query.target.endpoint_ids;
  last.series_names = series_of(query.metrics);
  last.before = query.range.to;
  last.limit = last.endpoint_ids.size() * last.series_names.size();
  last.max_text_bytes = kMaxTextBytes;
  std::vector<time_series::LastPoint> points;
  MILLRACE_RETURN_IF_ERROR(
      calls_.read(call_, [&](postgres::Connection& connection) -> absl::Status {
        MILLRACE_ASSIGN_OR_RETURN(points, time_series::read_last_points(connection, last));
        return absl::OkStatus();
      }));
  for (GrafanaFrame& frame : page.frames) {
    for (GrafanaColumn& column : frame.columns) add_last_value(points, frame, column);
  }
  return page;
}

absl::StatusOr<std::optional<time::UnixMicros>> GrafanaReader::read_column(
    const GrafanaQuery& query, const GrafanaFrame& frame, GrafanaColumn& column) {
  time_series::RangeReader reader({application_key_,
                                   {column.endpoint_id},
                                   {frame.series_name},
                                   rest_of(query),
                                   query.direction,
                                   std::nullopt});
  std::int64_t left = query.max_rows;
  std::optional<time::UnixMicros> last;
  bool at_end = false;
  MILLRACE_RETURN_IF_ERROR(
      calls_.read(call_, [&](postgres::Connection& connection) -> absl::Status {
        while (left > 0 && !at_end) {
          MILLRACE_ASSIGN_OR_RETURN(auto step, reader.next(connection, left));
          at_end = !step;
          if (at_end || step->points.times.empty()) continue;
          left -= static_cast<std::int64_t>(step->points.times.size());
          last = step->points.times.back();
          add_batch(step->points, frame.value_name, frame.kind, column);
          if (cut_strings(column, kMaxTextBytes / kMaxGrafanaFields)) {
            // All of it may have been too long.
            last = column.times.empty() ? before_all(rest_of(query), query.direction)
                                        : column.times.back();
            left = 0;
          }
        }
        return absl::OkStatus();
      }));
  if (at_end) last.reset();
  return last;
}

// The plugin puts no strings of further pages behind those of the first one, so there is no more
// than fits on it.
absl::Status GrafanaReader::read_strings(const GrafanaQuery& query, GrafanaFrame& frame) {
  if (query.behind) return absl::OkStatus();
  std::optional<time::UnixMicros> bound;
  for (GrafanaColumn& column : frame.columns) {
    MILLRACE_ASSIGN_OR_RETURN(const auto end, read_column(query, frame, column));
    bring_nearer(bound, end, query.direction);
  }
  bring_nearer(bound, row_bound(frame, query.max_rows, query.direction), query.direction);
  if (!bound) return absl::OkStatus();
  for (GrafanaColumn& column : frame.columns) cut_behind(column, *bound, query.direction);
  frame.notice = fmt::format(
      "{} goes on: strings come on one page, which is full. Choose a shorter range or fewer "
      "endpoints.",
      frame.metric);
  return absl::OkStatus();
}

absl::StatusOr<GrafanaPage> GrafanaReader::history(const GrafanaQuery& query) {
  GrafanaPage page;
  MILLRACE_ASSIGN_OR_RETURN(page.frames, known_metrics(query));
  for (GrafanaFrame& frame : page.frames) {
    if (frame.kind == GrafanaKind::kText) {
      MILLRACE_RETURN_IF_ERROR(read_strings(query, frame));
      continue;
    }
    for (GrafanaColumn& column : frame.columns) {
      MILLRACE_ASSIGN_OR_RETURN(const auto end, read_column(query, frame, column));
      bring_nearer(page.behind, end, query.direction);
    }
    bring_nearer(page.behind, row_bound(frame, query.max_rows, query.direction), query.direction);
  }
  for (GrafanaFrame& frame : page.frames) {
    if (!page.behind || frame.kind == GrafanaKind::kText) continue;
    for (GrafanaColumn& column : frame.columns) cut_behind(column, *page.behind, query.direction);
  }
  // One that is full of notice alone stays.
  std::erase_if(page.frames,
                [](const GrafanaFrame& frame) { return is_empty(frame) && frame.notice.empty(); });
  return page;
}

absl::StatusOr<GrafanaPage> GrafanaReader::aggregate(const GrafanaQuery& query) {
  GrafanaPage page;
  MILLRACE_ASSIGN_OR_RETURN(page.frames, known_metrics(query));
  const WindowPage windows = windows_of(query);
  page.behind = windows.behind;
  const Lend lend = [this](const QueryHandler::Reading& reading) {
    return calls_.read(call_, reading);
  };
  for (GrafanaFrame& frame : page.frames) {
    if (frame.kind == GrafanaKind::kText && query.function != aggregation::Function::kCount) {
      return absl::InvalidArgumentError(fmt::format(
          "metrics: {} has strings: they can be counted, nothing else; choose Count, or the query "
          "type Metric History",
          frame.metric));
    }
    if (query.function == aggregation::Function::kCount) {
      frame.kind = GrafanaKind::kNumber;
      frame.unit.clear();
    }
    const time_series::TimeRange range{
        std::max(query.range.from, window_start(windows.first, query.step)),
        std::min(query.range.to, window_start(windows.end, query.step))};
    for (GrafanaColumn& column : frame.columns) {
      MILLRACE_ASSIGN_OR_RETURN(
          auto points, read_windows(lend, {application_key_, column.endpoint_id, frame.series_name,
                                           frame.value_name, range, query.step, query.function}));
      if (query.direction == Direction::kDescending) std::reverse(points.begin(), points.end());
      for (const aggregation::Point& point : points) {
        column.times.push_back(point.time);
        column.numbers.push_back(point.value);
      }
    }
  }
  std::erase_if(page.frames, is_empty);
  return page;
}

}  // namespace millrace::query
