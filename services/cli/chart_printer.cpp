// SPDX-License-Identifier: Apache-2.0
#include "cli/chart_printer.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "cli/point_printer.h"
#include "cli/progress.h"
#include "cli/text_table.h"
#include "cli/value_text.h"
#include "lib/csv/csv.h"
#include "lib/csv/point_rows.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

bool is_same_value(const query::v1::ChartChunk& a, const query::v1::ChartChunk& b) {
  return a.endpoint_id() == b.endpoint_id() && a.time_series_name() == b.time_series_name() &&
         a.value_name() == b.value_name() && a.value_type() == b.value_type();
}

std::string title(const query::v1::ChartChunk& chart) {
  std::string name = chart.endpoint_id() + "  " + chart.time_series_name();
  if (chart.value_name() != "value") name += "  " + chart.value_name();
  if (chart.numbers().empty()) return visible(name) + "\n";
  const auto [low, high] = std::minmax_element(chart.numbers().begin(), chart.numbers().end());
  return fmt::format("{}  min {}  max {}  last {}  ({} points)\n", visible(name),
                     format_number(*low), format_number(*high),
                     format_number(chart.numbers(chart.numbers_size() - 1)),
                     format_count(chart.points()));
}

}  // namespace

absl::Status ChartPrinter::begin() {
  begun_ = true;
  if (output_.format() == Format::kJson) return output_.write("[");
  return output_.format() == Format::kCsv ? output_.write(csv::line(csv::point_columns()))
                                          : absl::OkStatus();
}

absl::Status ChartPrinter::add(const query::v1::ChartChunk& chunk) {
  if (chunk.timestamps_us_size() != chunk.numbers_size()) {
    return absl::DataLossError("cannot draw the answer: it has not as many numbers as times");
  }
  const bool is_first = !begun_;
  if (is_first) MILLRACE_RETURN_IF_ERROR(begin());
  if (output_.format() == Format::kCsv) return add_lines(chunk);
  if (output_.format() == Format::kJson) {
    MILLRACE_ASSIGN_OR_RETURN(const std::string json, to_json(chunk, JsonStyle::kOneLine));
    return output_.write((is_first ? "\n" : ",\n") + json);
  }
  if (open_ && is_same_value(*open_, chunk)) {
    open_->mutable_timestamps_us()->MergeFrom(chunk.timestamps_us());
    open_->mutable_numbers()->MergeFrom(chunk.numbers());
    return absl::OkStatus();
  }
  MILLRACE_RETURN_IF_ERROR(draw_open());
  open_ = chunk;
  return absl::OkStatus();
}

absl::Status ChartPrinter::add_lines(const query::v1::ChartChunk& chunk) {
  std::string text;
  for (int i = 0; i < chunk.numbers_size(); ++i) {
    text +=
        csv::line({format_time(time::from_unix_us(chunk.timestamps_us(i))), chunk.endpoint_id(),
                   chunk.time_series_name(), chunk.value_name(), format_number(chunk.numbers(i))});
  }
  return output_.write(text);
}

absl::Status ChartPrinter::draw_open() {
  if (!open_) return absl::OkStatus();
  const ChartLine line{{open_->timestamps_us().begin(), open_->timestamps_us().end()},
                       {open_->numbers().begin(), open_->numbers().end()},
                       open_->step_us()};
  const absl::Status status = output_.write(title(*open_) + draw_chart(line, range_, size_) + "\n");
  open_.reset();
  return status;
}

absl::Status ChartPrinter::end() {
  const bool is_empty = !begun_;
  if (is_empty) MILLRACE_RETURN_IF_ERROR(begin());
  MILLRACE_RETURN_IF_ERROR(draw_open());
  if (output_.format() == Format::kJson) {
    MILLRACE_RETURN_IF_ERROR(output_.write(is_empty ? "]\n" : "\n]\n"));
  }
  if (output_.format() == Format::kTable && is_empty) {
    MILLRACE_RETURN_IF_ERROR(output_.write("no points\n"));
  }
  return output_.flush();
}

}  // namespace millrace::cli
