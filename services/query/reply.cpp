// SPDX-License-Identifier: Apache-2.0
#include "query/reply.h"

#include <algorithm>
#include <utility>

#include "lib/time_series/rejection.h"
#include "lib/utf8/utf8.h"
#include "query/page_token.h"

namespace millrace::query {
namespace {

using time_series::ValueType;

void fill_column(v1::ValueColumn& to, time_series::PointColumn& from) {
  to.set_name(from.value.name);
  to.set_type(proto_type(from.value.type));
  bool all_present = true;
  for (const bool present : from.present) all_present = all_present && present;
  if (!all_present) to.mutable_present()->Assign(from.present.begin(), from.present.end());
  switch (from.value.type) {
    case ValueType::kNumber:
      to.mutable_numbers()->Assign(from.numbers.begin(), from.numbers.end());
      break;
    case ValueType::kString:
      for (std::string& text : from.texts) to.add_strings(std::move(text));
      break;
    case ValueType::kBoolean:
      for (const double number : from.numbers) to.add_booleans(number != 0);
      break;
  }
}

// The cells of one column of all rows.
void fill_column(v1::AggregateColumn& to, std::vector<aggregation::Row>& rows, std::size_t column,
                 bool is_text) {
  std::vector<bool> present;
  for (aggregation::Row& row : rows) {
    aggregation::Cell& cell = row.cells[column];
    present.push_back(!std::holds_alternative<std::monostate>(cell));
    if (is_text) {
      auto* text = std::get_if<std::string>(&cell);
      to.add_strings(text != nullptr ? std::move(*text) : std::string());
    } else {
      const auto* number = std::get_if<double>(&cell);
      to.add_numbers(number != nullptr ? *number : 0);
    }
  }
  const bool all_present = std::find(present.begin(), present.end(), false) == present.end();
  if (!all_present) to.mutable_present()->Assign(present.begin(), present.end());
}

// FIRST and LAST of a string are strings, its COUNT is a number.
bool is_text(const AggregateStep& step, aggregation::Function function) {
  return step.value.type == ValueType::kString && aggregation::is_of_text(function) &&
         function != aggregation::Function::kCount;
}

void fill_value(v1::NamedValue& to, time_series::NamedFrameValue& from) {
  to.set_name(from.description.name);
  if (from.value.null) return;
  switch (from.description.type) {
    case ValueType::kNumber:
      to.set_number(from.value.number);
      break;
    case ValueType::kString:
      to.set_string(std::move(from.value.text));
      break;
    case ValueType::kBoolean:
      to.set_boolean(from.value.number != 0);
      break;
  }
}

}  // namespace

v1::ValueType proto_type(ValueType type) {
  switch (type) {
    case ValueType::kNumber:
      return v1::VALUE_TYPE_NUMBER;
    case ValueType::kString:
      return v1::VALUE_TYPE_STRING;
    case ValueType::kBoolean:
      return v1::VALUE_TYPE_BOOLEAN;
  }
  return v1::VALUE_TYPE_UNSPECIFIED;
}

void set_time(google::protobuf::Timestamp& timestamp, time::UnixMicros time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  timestamp.set_seconds(seconds.time_since_epoch().count());
  timestamp.set_nanos(static_cast<std::int32_t>((time - seconds).count() * 1000));
}

void fill(v1::ListTimeSeriesResponse& response,
          const std::vector<time_series::SeriesDescription>& series) {
  for (const time_series::SeriesDescription& one : series) {
    v1::TimeSeries& to = *response.add_time_series();
    to.set_name(one.name);
    for (const time_series::ValueDescription& value : one.values) {
      v1::ValueDescription& description = *to.add_values();
      description.set_name(value.name);
      description.set_type(proto_type(value.type));
    }
  }
}

void fill_extents(v1::ListTimeSeriesResponse& response,
                  const std::vector<time_series::SeriesExtent>& extents) {
  auto next = extents.begin();
  for (v1::TimeSeries& series : *response.mutable_time_series()) {
    while (next != extents.end() && next->series_name < series.name()) ++next;
    if (next == extents.end() || next->series_name != series.name()) continue;
    v1::TimeSeriesExtent& extent = *series.mutable_extent();
    set_time(*extent.mutable_first_time(), next->first);
    set_time(*extent.mutable_last_time(), next->last);
    extent.set_estimated_points(next->estimated_points);
  }
}

v1::DataPointsChunk chunk_of(time_series::RangeStep step, const std::string& resume_token) {
  v1::DataPointsChunk chunk;
  chunk.set_endpoint_id(std::move(step.endpoint_id));
  chunk.set_time_series_name(std::move(step.series_name));
  chunk.mutable_timestamps_us()->Reserve(static_cast<int>(step.points.times.size()));
  for (const time::UnixMicros time : step.points.times) {
    chunk.add_timestamps_us(time::to_unix_us(time));
  }
  for (time_series::PointColumn& column : step.points.columns) {
    fill_column(*chunk.add_columns(), column);
  }
  chunk.set_resume_token(resume_token);
  return chunk;
}

v1::AggregateChunk chunk_of(AggregateStep step, const AggregateQuery& query) {
  v1::AggregateChunk chunk;
  chunk.set_endpoint_id(step.endpoint_id);
  chunk.set_time_series_name(step.series_name);
  chunk.set_value_name(step.value.name);
  chunk.set_value_type(proto_type(step.value.type));
  for (const aggregation::Row& row : step.rows) {
    chunk.add_window_starts_us(time::to_unix_us(row.start));
  }
  for (std::size_t i = 0; i < query.aggregations.size(); ++i) {
    const bool text = is_text(step, query.aggregations[i].function);
    fill_column(*chunk.add_columns(), step.rows, i, text);
  }
  chunk.set_resume_token(make_aggregate_token(query.request_digest, step.position));
  return chunk;
}

v1::ChartChunk chunk_of(const ChartStep& step) {
  v1::ChartChunk chunk;
  chunk.set_endpoint_id(step.endpoint_id);
  chunk.set_time_series_name(step.series_name);
  chunk.set_value_name(step.value.name);
  chunk.set_value_type(proto_type(step.value.type));
  for (const aggregation::Point& point : step.points) {
    chunk.add_timestamps_us(time::to_unix_us(point.time));
    chunk.add_numbers(point.value);
  }
  chunk.set_step_us(step.step.count());
  chunk.set_points(step.count);
  return chunk;
}

void fill(v1::GetLastDataPointsResponse& response, std::vector<time_series::LastPoint> points) {
  for (time_series::LastPoint& point : points) {
    v1::LastDataPoint& to = *response.add_data_points();
    to.set_endpoint_id(std::move(point.endpoint_id));
    to.set_time_series_name(std::move(point.series_name));
    set_time(*to.mutable_timestamp(), point.time);
    for (time_series::NamedFrameValue& value : point.values) fill_value(*to.add_values(), value);
  }
}

v1::RejectedSample rejected_sample_of(time_series::RejectedSample sample) {
  v1::RejectedSample to;
  set_time(*to.mutable_received_at(), sample.position.received_at);
  to.set_app_version_name(std::move(sample.app_version_name));
  to.set_endpoint_id(std::move(sample.position.endpoint_id));
  to.set_reason(std::move(sample.reason));
  to.set_detail(std::move(sample.detail));
  to.set_partly_stored(sample.partly_stored);
  // proto3's strings must be UTF-8.
  to.set_sample(utf8::with_replacements(
      sample.sample_cut ? utf8::without_cut_character(sample.sample) : sample.sample));
  to.set_sample_cut(sample.sample_cut);
  to.set_rules_version(sample.rules_version);
  to.set_correlation_id(std::move(sample.correlation_id));
  to.set_path(std::move(sample.path));
  // A longer one was cut, perhaps within a character.
  const bool full = sample.value.size() >= time_series::kMaxRejectedValueBytes;
  to.set_value(utf8::with_replacements(full ? utf8::without_cut_character(sample.value)
                                            : std::string_view(sample.value)));
  to.set_sample_count(static_cast<std::uint32_t>(sample.sample_count));
  return to;
}

}  // namespace millrace::query
