// SPDX-License-Identifier: Apache-2.0
#include "cli/point_printer.h"

#include <algorithm>

#include "cli/csv.h"
#include "cli/text_table.h"
#include "cli/value_text.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

constexpr std::string_view kLongestTime = "2026-11-23T06:31:00.000250Z";

std::size_t widest(const std::vector<std::string>& texts, std::size_t at_least) {
  for (const std::string& text : texts) at_least = std::max(at_least, width(visible(text)));
  return at_least;
}

bool is_present(const query::v1::ValueColumn& column, int row) {
  return column.present().empty() || column.present(row);
}

std::string value_text(const query::v1::ValueColumn& column, int row) {
  switch (column.type()) {
    case query::v1::VALUE_TYPE_NUMBER:
      return format_number(column.numbers(row));
    case query::v1::VALUE_TYPE_BOOLEAN:
      return column.booleans(row) ? "true" : "false";
    default:
      return column.strings(row);
  }
}

// Whether each list that is read by row is long enough: the server may be of another version.
bool is_sound(const query::v1::DataPointsChunk& chunk) {
  const int rows = chunk.timestamps_us_size();
  return std::all_of(
      chunk.columns().begin(), chunk.columns().end(), [rows](const query::v1::ValueColumn& column) {
        const int values = column.type() == query::v1::VALUE_TYPE_NUMBER    ? column.numbers_size()
                           : column.type() == query::v1::VALUE_TYPE_BOOLEAN ? column.booleans_size()
                                                                            : column.strings_size();
        return values == rows && (column.present().empty() || column.present_size() == rows);
      });
}

}  // namespace

const std::vector<std::string>& point_columns() {
  static const std::vector<std::string> columns = {"timestamp", "endpoint_id", "series",
                                                   "value_name", "value"};
  return columns;
}

PointPrinter::PointPrinter(Output& output, const std::vector<std::string>& endpoint_ids,
                           const std::vector<std::string>& series_names)
    : output_(output) {
  for (const std::string& column : point_columns()) widths_.push_back(column.size());
  widths_[0] = kLongestTime.size();
  widths_[1] = widest(endpoint_ids, widths_[1]);
  widths_[2] = widest(series_names, widths_[2]);
}

absl::Status PointPrinter::begin() {
  begun_ = true;
  if (output_.format() == Format::kJson) return output_.write("[");
  std::vector<std::string> cells = point_columns();
  if (output_.format() == Format::kTable) {
    for (std::string& cell : cells) cell = heading(cell);
  }
  return output_.write(line(cells));
}

std::string PointPrinter::line(const std::vector<std::string>& cells) const {
  return output_.format() == Format::kCsv ? csv_line(cells) : table_line(cells, widths_);
}

absl::Status PointPrinter::add(const query::v1::DataPointsChunk& chunk) {
  const bool is_first = !begun_;
  if (is_first) MILLRACE_RETURN_IF_ERROR(begin());
  if (output_.format() != Format::kJson) return add_lines(chunk);
  MILLRACE_ASSIGN_OR_RETURN(const std::string json, to_json(chunk, JsonStyle::kOneLine));
  return output_.write((is_first ? "\n" : ",\n") + json);
}

absl::Status PointPrinter::add_lines(const query::v1::DataPointsChunk& chunk) {
  if (!is_sound(chunk)) {
    return absl::DataLossError("cannot print the answer: a column is not as long as the others");
  }
  const bool is_table = output_.format() == Format::kTable;
  std::string text;
  std::vector<std::string> cells = {"", chunk.endpoint_id(), chunk.time_series_name(), "", ""};
  for (int row = 0; row < chunk.timestamps_us_size(); ++row) {
    cells[0] = format_time(time::from_unix_us(chunk.timestamps_us(row)));
    for (const query::v1::ValueColumn& column : chunk.columns()) {
      if (!is_present(column, row)) continue;
      cells[3] = is_table ? visible(column.name()) : column.name();
      cells[4] = is_table ? visible(value_text(column, row)) : value_text(column, row);
      text += line(cells);
    }
  }
  return output_.write(text);
}

absl::Status PointPrinter::end() {
  const bool is_empty = !begun_;
  if (is_empty) MILLRACE_RETURN_IF_ERROR(begin());
  if (output_.format() == Format::kJson) {
    MILLRACE_RETURN_IF_ERROR(output_.write(is_empty ? "]\n" : "\n]\n"));
  }
  return output_.flush();
}

std::string value_text(const query::v1::NamedValue& value) {
  switch (value.kind_case()) {
    case query::v1::NamedValue::kNumber:
      return format_number(value.number());
    case query::v1::NamedValue::kString:
      return value.string();
    case query::v1::NamedValue::kBoolean:
      return value.boolean() ? "true" : "false";
    default:
      return "";
  }
}

}  // namespace millrace::cli
