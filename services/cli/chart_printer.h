// SPDX-License-Identifier: Apache-2.0
//
// Prints charts as they arrive: a picture of each value with what it shows in words, the points as
// CSV, or a JSON array of ChartChunk, one a line.
#pragma once

#include <optional>

#include <absl/status/status.h>

#include "cli/chart_drawing.h"
#include "cli/output.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::cli {

class ChartPrinter {
 public:
  ChartPrinter(Output& output, const TimeRange& range, const ChartSize& size)
      : output_(output), range_(range), size_(size) {}

  absl::Status add(const query::v1::ChartChunk& chunk);
  absl::Status end();

 private:
  absl::Status begin();
  absl::Status add_lines(const query::v1::ChartChunk& chunk);
  absl::Status draw_open();

  Output& output_;
  const TimeRange range_;
  const ChartSize size_;
  bool begun_ = false;
  // The value being collected for its picture: of all its chunks, 40,000 points at most.
  std::optional<query::v1::ChartChunk> open_;
};

}  // namespace millrace::cli
