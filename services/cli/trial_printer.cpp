// SPDX-License-Identifier: Apache-2.0
#include "cli/trial_printer.h"

#include <algorithm>
#include <utility>

#include "cli/point_printer.h"
#include "cli/text_table.h"
#include "cli/value_text.h"
#include "lib/csv/csv.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

// `sample`: its number, from 1; `path` and `value` of a rejection: what was refused.
const std::vector<std::string>& columns() {
  static const std::vector<std::string> names = {"sample", "endpoint_id", "timestamp",
                                                 "series", "value_name",  "value",
                                                 "path",   "reason",      "detail"};
  return names;
}

std::string shown_value(const query::v1::NamedValue& value) {
  return value.kind_case() == query::v1::NamedValue::KIND_NOT_SET ? "null" : value_text(value);
}

}  // namespace

TrialPrinter::TrialPrinter(Output& output) : output_(output) {
  for (const std::string& column : columns()) widths_.push_back(column.size());
}

absl::Status TrialPrinter::begin() {
  begun_ = true;
  if (output_.format() == Format::kJson) return output_.write("[");
  if (output_.format() == Format::kCsv) return output_.write(csv::line(columns()));
  Cells headings;
  for (const std::string& column : columns()) headings.push_back(heading(column));
  return output_.write(table_line(headings, widths_));
}

std::vector<TrialPrinter::Cells> TrialPrinter::lines_of(
    const query::v1::TriedSample& sample) const {
  const std::string number = std::to_string(samples_);
  const std::string time = sample.has_timestamp() ? format_time(sample.timestamp()) : "";
  std::vector<Cells> lines;
  for (const query::v1::TriedPoint& point : sample.data_points()) {
    for (const query::v1::NamedValue& value : point.values()) {
      lines.push_back({number, sample.endpoint_id(), time, point.time_series_name(), value.name(),
                       shown_value(value), "", "", ""});
    }
  }
  for (const query::v1::TriedRejection& rejection : sample.rejections()) {
    lines.push_back({number, sample.endpoint_id(), time, "", "", rejection.value(),
                     rejection.path(), rejection.reason(), rejection.detail()});
  }
  if (lines.empty()) {
    lines.push_back(
        {number, sample.endpoint_id(), time, "", "", "", "", "", "the rules take nothing from it"});
  }
  return lines;
}

std::string TrialPrinter::text_of_lines(std::vector<Cells> lines) {
  std::string text;
  if (output_.format() == Format::kCsv) {
    for (const Cells& line : lines) text += csv::line(line);
    return text;
  }
  for (Cells& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      line[i] = visible(line[i]);
      widths_[i] = std::max(widths_[i], width(line[i]));
    }
  }
  for (const Cells& line : lines) text += table_line(line, widths_);
  return text;
}

absl::Status TrialPrinter::add(const query::v1::TriedSample& sample) {
  ++samples_;
  // The widths of the first sample are known before its heading is printed.
  std::string text;
  if (output_.format() != Format::kJson) text = text_of_lines(lines_of(sample));
  const bool is_first = !begun_;
  if (is_first) MILLRACE_RETURN_IF_ERROR(begin());
  if (output_.format() == Format::kJson) {
    MILLRACE_ASSIGN_OR_RETURN(text, to_json(sample, JsonStyle::kOneLine));
    text.insert(0, is_first ? "\n" : ",\n");
  }
  MILLRACE_RETURN_IF_ERROR(output_.write(text));
  return output_.flush();
}

absl::Status TrialPrinter::end() {
  const bool is_empty = !begun_;
  if (is_empty) MILLRACE_RETURN_IF_ERROR(begin());
  if (output_.format() == Format::kJson) {
    MILLRACE_RETURN_IF_ERROR(output_.write(is_empty ? "]\n" : "\n]\n"));
  }
  return output_.flush();
}

}  // namespace millrace::cli
