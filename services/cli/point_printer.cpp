// SPDX-License-Identifier: Apache-2.0
#include "cli/point_printer.h"

#include <algorithm>

#include "cli/text_table.h"
#include "cli/value_text.h"
#include "lib/csv/csv.h"
#include "lib/csv/point_rows.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

constexpr std::string_view kLongestTime = "2026-11-23T06:31:00.000250Z";

std::size_t widest(const std::vector<std::string>& texts, std::size_t at_least) {
  for (const std::string& text : texts) at_least = std::max(at_least, width(visible(text)));
  return at_least;
}

}  // namespace

PointPrinter::PointPrinter(Output& output, const std::vector<std::string>& endpoint_ids,
                           const std::vector<std::string>& series_names)
    : output_(output) {
  for (const std::string& column : csv::point_columns()) widths_.push_back(column.size());
  widths_[0] = kLongestTime.size();
  widths_[1] = widest(endpoint_ids, widths_[1]);
  widths_[2] = widest(series_names, widths_[2]);
}

absl::Status PointPrinter::begin() {
  begun_ = true;
  if (output_.format() == Format::kJson) return output_.write("[");
  std::vector<std::string> cells = csv::point_columns();
  if (output_.format() == Format::kTable) {
    for (std::string& cell : cells) cell = heading(cell);
  }
  return output_.write(line(cells));
}

std::string PointPrinter::line(const std::vector<std::string>& cells) const {
  return output_.format() == Format::kCsv ? csv::line(cells) : table_line(cells, widths_);
}

absl::Status PointPrinter::add(const query::v1::DataPointsChunk& chunk) {
  const bool is_first = !begun_;
  if (is_first) MILLRACE_RETURN_IF_ERROR(begin());
  if (output_.format() != Format::kJson) return add_lines(chunk);
  MILLRACE_ASSIGN_OR_RETURN(const std::string json, to_json(chunk, JsonStyle::kOneLine));
  return output_.write((is_first ? "\n" : ",\n") + json);
}

absl::Status PointPrinter::add_lines(const query::v1::DataPointsChunk& chunk) {
  if (!csv::is_sound(chunk)) {
    return absl::DataLossError("cannot print the answer: a column is not as long as the others");
  }
  const bool is_table = output_.format() == Format::kTable;
  std::string text;
  std::vector<std::string> cells = {"", chunk.endpoint_id(), chunk.time_series_name(), "", ""};
  for (int row = 0; row < chunk.timestamps_us_size(); ++row) {
    cells[0] = format_time(time::from_unix_us(chunk.timestamps_us(row)));
    for (const query::v1::ValueColumn& column : chunk.columns()) {
      if (!csv::is_present(column, row)) continue;
      cells[3] = is_table ? visible(column.name()) : column.name();
      cells[4] = is_table ? visible(csv::value_text(column, row)) : csv::value_text(column, row);
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
