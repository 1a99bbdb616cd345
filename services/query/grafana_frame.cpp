// SPDX-License-Identifier: Apache-2.0
#include "query/grafana_frame.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "query/grafana_query.h"
#include "query/reply.h"

namespace millrace::query {
namespace {

using time_series::Direction;

bool is_before(time::UnixMicros a, time::UnixMicros b, Direction direction) {
  return direction == Direction::kAscending ? a < b : a > b;
}

std::vector<time::UnixMicros> all_times(const std::vector<GrafanaColumn>& columns,
                                        Direction direction) {
  if (columns.size() == 1) return columns.front().times;
  std::vector<time::UnixMicros> times;
  for (const GrafanaColumn& column : columns) {
    times.insert(times.end(), column.times.begin(), column.times.end());
  }
  std::sort(times.begin(), times.end(), [direction](time::UnixMicros a, time::UnixMicros b) {
    return is_before(a, b, direction);
  });
  times.erase(std::unique(times.begin(), times.end()), times.end());
  return times;
}

template <class Message>
void add_labels(Message& message, const std::string& application_name,
                const std::string& endpoint_id) {
  const auto add = [&message](std::string_view key, const std::string& value) {
    grafanav3::Label& label = *message.add_labels();
    label.set_key(std::string(key));
    label.set_value(value);
  };
  add(kApplicationDimension, application_name);
  add(kEndpointDimension, endpoint_id);
}

// `times` has all those of the column.
void add_values(grafanav3::Field& field, GrafanaColumn& column, GrafanaKind kind,
                const std::vector<time::UnixMicros>& times) {
  std::size_t next = 0;
  for (const time::UnixMicros time : times) {
    const bool present = next < column.times.size() && column.times[next] == time;
    if (kind == GrafanaKind::kText) {
      field.add_stringvalues(present ? std::move(column.texts[next]) : std::string());
    } else {
      field.add_values(present ? column.numbers[next] : std::numeric_limits<double>::quiet_NaN());
    }
    if (present) ++next;
  }
}

void set_notice(grafanav3::FrameMeta& meta, const std::string& text) {
  grafanav3::FrameMeta::Notice& notice = *meta.add_notices();
  notice.set_severity(grafanav3::FrameMeta::Notice::NoticeSeverityWarning);
  notice.set_text(text);
}

}  // namespace

std::optional<time::UnixMicros> row_bound(const GrafanaFrame& frame, std::int64_t max_rows,
                                          Direction direction) {
  const std::vector<time::UnixMicros> times = all_times(frame.columns, direction);
  const auto most = static_cast<std::size_t>(max_rows);
  if (times.size() <= most) return std::nullopt;
  return times[most - 1];
}

void cut_behind(GrafanaColumn& column, time::UnixMicros last, Direction direction) {
  const auto end = std::find_if(column.times.begin(), column.times.end(),
                                [&](time::UnixMicros t) { return is_before(last, t, direction); });
  const auto count = static_cast<std::size_t>(end - column.times.begin());
  column.times.resize(count);
  column.numbers.resize(std::min(column.numbers.size(), count));
  column.texts.resize(std::min(column.texts.size(), count));
}

bool cut_strings(GrafanaColumn& column, std::size_t max_bytes) {
  std::size_t bytes = 0;
  std::size_t kept = 0;
  while (kept < column.texts.size() && bytes + column.texts[kept].size() <= max_bytes) {
    bytes += column.texts[kept++].size();
  }
  if (kept == column.texts.size()) return false;
  column.texts.resize(kept);
  column.times.resize(kept);
  return true;
}

grafanav3::config config_of(const GrafanaFrame& frame) {
  grafanav3::config config;
  config.set_unit(frame.unit);
  if (frame.kind != GrafanaKind::kBoolean) return config;
  for (const bool value : {false, true}) {
    grafanav3::ValueMapping& mapping = *config.add_mappings();
    mapping.set_from(value ? 1 : 0);
    mapping.set_to(value ? 1 : 0);
    mapping.set_text(value ? "true" : "false");
  }
  return config;
}

std::string field_name(const GrafanaFrame& frame, const std::string& endpoint_id) {
  if (frame.columns.size() == 1) return frame.value_name;
  return fmt::format("{} {}", frame.value_name, endpoint_id);
}

grafanav3::Frame joined(GrafanaFrame frame, const std::string& application_name,
                        Direction direction) {
  grafanav3::Frame to;
  to.set_metric(frame.metric);
  const std::vector<time::UnixMicros> times = all_times(frame.columns, direction);
  for (const time::UnixMicros time : times) set_time(*to.add_timestamps(), time);
  const grafanav3::config config = config_of(frame);
  for (GrafanaColumn& column : frame.columns) {
    grafanav3::Field& field = *to.add_fields();
    field.set_name(field_name(frame, column.endpoint_id));
    add_labels(field, application_name, column.endpoint_id);
    *field.mutable_config() = config;
    add_values(field, column, frame.kind, times);
  }
  to.mutable_meta()->set_type(grafanav3::FrameMeta::FrameTypeTimeSeriesWide);
  if (!frame.notice.empty()) set_notice(*to.mutable_meta(), frame.notice);
  return to;
}

void add_last(grafanav3::GetMetricValueResponse& response, const GrafanaFrame& frame,
              const std::string& application_name) {
  const grafanav3::config config = config_of(frame);
  for (const GrafanaColumn& column : frame.columns) {
    if (column.times.empty()) continue;
    grafanav3::GetMetricValueResponse::Frame& to = *response.add_frames();
    to.set_metric(frame.metric);
    set_time(*to.mutable_timestamp(), column.times.front());
    grafanav3::SingleValueField& field = *to.add_fields();
    field.set_name(field_name(frame, column.endpoint_id));
    add_labels(field, application_name, column.endpoint_id);
    *field.mutable_config() = config;
    if (frame.kind == GrafanaKind::kText) {
      field.set_stringvalue(column.texts.front());
    } else {
      field.set_value(column.numbers.front());
    }
  }
}

}  // namespace millrace::query
