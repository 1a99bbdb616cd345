// SPDX-License-Identifier: Apache-2.0
//
// Prints points as they arrive, in memory of one chunk: as a table whose widths are known before,
// as long-form CSV (a line for each value), or as a JSON array of DataPointsChunk, one a line.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <absl/status/status.h>

#include "cli/output.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::cli {

// As CSV and as a table: the columns of lib/csv/point_rows.h.
class PointPrinter {
 public:
  // The names that may come: they make the table's widths.
  PointPrinter(Output& output, const std::vector<std::string>& endpoint_ids,
               const std::vector<std::string>& series_names);

  absl::Status add(const query::v1::DataPointsChunk& chunk);
  absl::Status end();

 private:
  // With the first chunk or the end, so that a refused request prints nothing.
  absl::Status begin();
  absl::Status add_lines(const query::v1::DataPointsChunk& chunk);
  std::string line(const std::vector<std::string>& cells) const;

  Output& output_;
  std::vector<std::size_t> widths_;
  bool begun_ = false;
};

// Empty for an explicit null.
std::string value_text(const query::v1::NamedValue& value);

}  // namespace millrace::cli
