// SPDX-License-Identifier: Apache-2.0
#include "cli/window_printer.h"

#include <algorithm>

#include "cli/text_table.h"
#include "cli/value_text.h"
#include "lib/csv/csv.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

constexpr std::string_view kLongestTime = "2026-11-23T06:31:00.000250Z";
// Most numbers.
constexpr std::size_t kUsualNumber = 18;

std::size_t widest(const std::vector<std::string>& texts, std::size_t at_least) {
  for (const std::string& text : texts) at_least = std::max(at_least, width(visible(text)));
  return at_least;
}

bool is_present(const query::v1::AggregateColumn& column, int row) {
  return column.present().empty() || column.present(row);
}

// Empty where the window has no such value.
std::string cell(const query::v1::AggregateColumn& column, int row) {
  if (!is_present(column, row)) return {};
  return column.strings().empty() ? format_number(column.numbers(row)) : column.strings(row);
}

// Whether each list that is read by row is long enough: the server may be of another version.
bool is_sound(const query::v1::AggregateChunk& chunk, std::size_t functions) {
  const int rows = chunk.window_starts_us_size();
  return chunk.columns_size() == static_cast<int>(functions) &&
         std::all_of(chunk.columns().begin(), chunk.columns().end(),
                     [rows](const query::v1::AggregateColumn& column) {
                       const int values = std::max(column.numbers_size(), column.strings_size());
                       return values == rows &&
                              (column.present().empty() || column.present_size() == rows);
                     });
}

}  // namespace

WindowPrinter::WindowPrinter(Output& output, const WindowNames& names)
    : output_(output), has_endpoints_(!names.endpoint_ids.empty()) {
  columns_ = {"window", "series", "value_name"};
  if (has_endpoints_) columns_.insert(columns_.begin() + 1, "endpoint_id");
  for (const std::string& column : columns_) widths_.push_back(column.size());
  widths_[0] = kLongestTime.size();
  if (has_endpoints_) widths_[1] = widest(names.endpoint_ids, widths_[1]);
  std::size_t& series = widths_[columns_.size() - 2];
  series = widest(names.series_names, series);
  for (const std::string& function : names.functions) {
    columns_.push_back(function);
    widths_.push_back(std::max(kUsualNumber, function.size()));
  }
}

absl::Status WindowPrinter::begin() {
  begun_ = true;
  if (output_.format() == Format::kJson) return output_.write("[");
  std::vector<std::string> cells = columns_;
  if (output_.format() == Format::kTable) {
    for (std::string& cell : cells) cell = heading(cell);
  }
  return output_.write(line(cells));
}

std::string WindowPrinter::line(const std::vector<std::string>& cells) const {
  return output_.format() == Format::kCsv ? csv::line(cells) : table_line(cells, widths_);
}

absl::Status WindowPrinter::add(const query::v1::AggregateChunk& chunk) {
  const bool is_first = !begun_;
  if (is_first) MILLRACE_RETURN_IF_ERROR(begin());
  if (output_.format() != Format::kJson) return add_lines(chunk);
  MILLRACE_ASSIGN_OR_RETURN(const std::string json, to_json(chunk, JsonStyle::kOneLine));
  return output_.write((is_first ? "\n" : ",\n") + json);
}

absl::Status WindowPrinter::add_lines(const query::v1::AggregateChunk& chunk) {
  const std::size_t names = has_endpoints_ ? 4 : 3;
  if (!is_sound(chunk, columns_.size() - names)) {
    return absl::DataLossError("cannot print the answer: a column is not as long as the others");
  }
  const bool is_table = output_.format() == Format::kTable;
  std::string text;
  for (int row = 0; row < chunk.window_starts_us_size(); ++row) {
    std::vector<std::string> cells = {format_time(time::from_unix_us(chunk.window_starts_us(row)))};
    if (has_endpoints_) cells.push_back(chunk.endpoint_id());
    cells.push_back(chunk.time_series_name());
    cells.push_back(chunk.value_name());
    for (const query::v1::AggregateColumn& column : chunk.columns()) {
      cells.push_back(cell(column, row));
    }
    if (is_table) {
      for (std::string& one : cells) one = visible(one);
    }
    text += line(cells);
  }
  return output_.write(text);
}

absl::Status WindowPrinter::end() {
  const bool is_empty = !begun_;
  if (is_empty) MILLRACE_RETURN_IF_ERROR(begin());
  if (output_.format() == Format::kJson) {
    MILLRACE_RETURN_IF_ERROR(output_.write(is_empty ? "]\n" : "\n]\n"));
  }
  return output_.flush();
}

}  // namespace millrace::cli
