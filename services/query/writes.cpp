// SPDX-License-Identifier: Apache-2.0
#include "query/writes.h"

#include <algorithm>
#include <map>
#include <utility>

#include "lib/rpc/server.h"
#include "query/reply.h"

namespace millrace::query {
namespace {

using time_series::ValueType;
using time_series::WrittenPoint;
using time_series::WrittenSeries;
using time_series::WrittenValue;

ValueKey key_of(const WrittenSeries& series, const std::string& value_name) {
  const std::string digest =
      rpc::sha256(series.endpoint_id + '\0' + series.series_name + '\0' + value_name);
  ValueKey key = 0;
  for (std::size_t i = 0; i < sizeof key; ++i) {
    key = key << 8 | static_cast<unsigned char>(digest[i]);
  }
  return key;
}

// The columns of a chunk: one for each name and type, as long as the points so far.
class Columns {
 public:
  explicit Columns(v1::DataPointsChunk& chunk) : chunk_(chunk) {}

  void add(const WrittenValue& value, int points_before) {
    v1::ValueColumn& column = column_of(value);
    pad(column, points_before);
    column.add_present(!value.value.null);
    switch (value.type) {
      case ValueType::kNumber:
        column.add_numbers(value.value.number);
        break;
      case ValueType::kString:
        column.add_strings(value.value.text);
        break;
      case ValueType::kBoolean:
        column.add_booleans(value.value.number != 0);
        break;
    }
  }

  void end(int points) {
    for (v1::ValueColumn& column : *chunk_.mutable_columns()) {
      pad(column, points);
      const auto& present = column.present();
      if (std::all_of(present.begin(), present.end(), [](bool there) { return there; })) {
        column.clear_present();
      }
    }
  }

 private:
  v1::ValueColumn& column_of(const WrittenValue& value) {
    const auto [found, is_new] =
        index_.try_emplace({value.name, value.type}, chunk_.columns_size());
    if (!is_new) return *chunk_.mutable_columns(found->second);
    v1::ValueColumn& column = *chunk_.add_columns();
    column.set_name(value.name);
    column.set_type(proto_type(value.type));
    return column;
  }

  static void pad(v1::ValueColumn& column, int length) {
    while (column.present_size() < length) {
      column.add_present(false);
      if (column.type() == v1::VALUE_TYPE_NUMBER) column.add_numbers(0);
      if (column.type() == v1::VALUE_TYPE_STRING) column.add_strings("");
      if (column.type() == v1::VALUE_TYPE_BOOLEAN) column.add_booleans(false);
    }
  }

  v1::DataPointsChunk& chunk_;
  std::map<std::pair<std::string, ValueType>, int> index_;
};

std::string encode(const WrittenSeries& series, const std::vector<bool>* taken) {
  v1::SubscribeResponse response;
  v1::DataPointsChunk& chunk = *response.mutable_data_points();
  chunk.set_endpoint_id(series.endpoint_id);
  chunk.set_time_series_name(series.series_name);
  Columns columns(chunk);
  std::size_t index = 0;
  for (const WrittenPoint& point : series.points) {
    const int before = chunk.timestamps_us_size();
    bool any = false;
    for (const WrittenValue& value : point.values) {
      if (taken != nullptr && !(*taken)[index++]) continue;
      columns.add(value, before);
      any = true;
    }
    if (any) chunk.add_timestamps_us(time::to_unix_us(point.time));
  }
  columns.end(chunk.timestamps_us_size());
  return response.SerializeAsString();
}

// A null has no type: that of a number stands for it.
WrittenValue value_of(const std::string& name, std::int64_t seq,
                      const telemetry::v1::PointValue& from) {
  WrittenValue value{name, ValueType::kNumber, seq, {}};
  value.value.null = false;
  switch (from.kind_case()) {
    case telemetry::v1::PointValue::kNumber:
      value.value.number = from.number();
      break;
    case telemetry::v1::PointValue::kString:
      value.type = ValueType::kString;
      value.value.text = from.string();
      break;
    case telemetry::v1::PointValue::kBoolean:
      value.type = ValueType::kBoolean;
      value.value.number = from.boolean() ? 1 : 0;
      break;
    case telemetry::v1::PointValue::KIND_NOT_SET:
      value.value.null = true;
      break;
  }
  return value;
}

}  // namespace

SharedWrites make_writes(WrittenSeries series) {
  auto writes = std::make_shared<Writes>();
  writes->series = std::move(series);
  std::map<std::string, ValueKey> keys;
  for (const WrittenPoint& point : writes->series.points) {
    for (const WrittenValue& value : point.values) {
      const auto [found, is_new] = keys.try_emplace(value.name, 0);
      if (is_new) found->second = key_of(writes->series, value.name);
      writes->keys.push_back(found->second);
      writes->bytes += sizeof value + value.value.text.size();
    }
  }
  writes->encoded = encode(writes->series, nullptr);
  writes->bytes += writes->encoded.size();
  return writes;
}

std::vector<SharedWrites> make_writes(const telemetry::v1::DataPointsEvent& event) {
  std::vector<SharedWrites> all;
  WrittenSeries series{event.endpoint_id(), event.time_series_name(), {}};
  for (const telemetry::v1::DataPoint& point : event.data_points()) {
    if (point.seq() <= 0) continue;
    WrittenPoint written{time::from_unix_us(point.timestamp_us()), {}};
    for (const auto& [name, value] : point.values()) {
      written.values.push_back(value_of(name, point.seq(), value));
    }
    series.points.push_back(std::move(written));
    if (series.points.size() < kMaxChunkPoints) continue;
    all.push_back(
        make_writes(std::exchange(series, {event.endpoint_id(), event.time_series_name(), {}})));
  }
  if (!series.points.empty()) all.push_back(make_writes(std::move(series)));
  return all;
}

std::string encode(const Writes& writes, const std::vector<bool>& taken) {
  return encode(writes.series, &taken);
}

}  // namespace millrace::query
