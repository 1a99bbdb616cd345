// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <utility>
#include <vector>

#include "gateway/answer.h"
#include "gateway/points_text.h"
#include "lib/csv/point_rows.h"
#include "lib/telemetry/json_number.h"

namespace millrace::gateway {
namespace {

// Columns of one name: several where the rules changed its type.
struct NamedValues {
  std::string key;  // with quotes and colon
  std::vector<const query::v1::ValueColumn*> columns;
};

std::vector<NamedValues> by_name(const query::v1::DataPointsChunk& chunk) {
  std::vector<NamedValues> values;
  for (const query::v1::ValueColumn& column : chunk.columns()) {
    std::string key = json_quoted(column.name());
    key += ':';
    auto found = values.begin();
    while (found != values.end() && found->key != key) ++found;
    if (found == values.end()) found = values.insert(found, {std::move(key), {}});
    found->columns.push_back(&column);
  }
  return values;
}

void append_value(std::string& text, const query::v1::ValueColumn& column, int row) {
  switch (column.type()) {
    case query::v1::VALUE_TYPE_NUMBER:
      // JSON has no infinities.
      text += std::isfinite(column.numbers(row)) ? telemetry::number_text(column.numbers(row))
                                                 : std::string("null");
      break;
    case query::v1::VALUE_TYPE_BOOLEAN:
      text += column.booleans(row) ? "true" : "false";
      break;
    default:
      text += json_quoted(column.strings(row));
      break;
  }
}

void append_values(std::string& text, const std::vector<NamedValues>& values, int row) {
  bool is_first = true;
  for (const NamedValues& named : values) {
    if (!is_first) text += ',';
    is_first = false;
    text += named.key;
    const query::v1::ValueColumn* present = nullptr;
    for (const query::v1::ValueColumn* column : named.columns) {
      if (csv::is_present(*column, row)) present = column;
    }
    if (present != nullptr) {
      append_value(text, *present, row);
    } else {
      text += "null";
    }
  }
}

class JsonText final : public PointsText {
 public:
  explicit JsonText(TimeUnit unit) : unit_(unit) {}

  void begin(std::string& text) override { text += '['; }

  absl::Status take(query::v1::DataPointsChunk chunk) override {
    if (!csv::is_sound(chunk)) {
      return absl::DataLossError("cannot write query's answer: a column is not as long as others");
    }
    continues_ = has_element_ && chunk.endpoint_id() == endpoint_id_ &&
                 chunk.time_series_name() == series_name_;
    chunk_ = std::move(chunk);
    values_ = by_name(chunk_);
    row_ = 0;
    return absl::OkStatus();
  }

  bool write(std::string& text, std::size_t enough) override {
    for (; row_ < chunk_.timestamps_us_size() && text.size() < enough; ++row_) {
      if (row_ == 0 && !continues_) {
        open_element(text);
      } else {
        text += ',';
      }
      text += R"({"timestamp":")";
      text += epts_time_text(time::from_unix_us(chunk_.timestamps_us(row_)), unit_);
      text += R"(","values":{)";
      append_values(text, values_, row_);
      text += "}}";
    }
    return row_ < chunk_.timestamps_us_size();
  }

  void end(std::string& text) override {
    if (has_element_) text += "]}}";
    text += ']';
  }

 private:
  void open_element(std::string& text) {
    if (has_element_) text += "]}},";
    has_element_ = true;
    endpoint_id_ = chunk_.endpoint_id();
    series_name_ = chunk_.time_series_name();
    text += '{';
    text += json_quoted(chunk_.endpoint_id());
    text += ":{";
    text += json_quoted(chunk_.time_series_name());
    text += ":[";
  }

  const TimeUnit unit_;
  query::v1::DataPointsChunk chunk_;
  std::vector<NamedValues> values_;  // of the chunk
  int row_ = 0;                      // the next one to be written
  bool continues_ = false;           // the chunk goes on with the element before
  bool has_element_ = false;
  // Of the element.
  std::string endpoint_id_;
  std::string series_name_;
};

}  // namespace

std::unique_ptr<PointsText> points_as_json(TimeUnit unit) {
  return std::make_unique<JsonText>(unit);
}

}  // namespace millrace::gateway
