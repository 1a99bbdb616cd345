// SPDX-License-Identifier: Apache-2.0
//
// Prints windows as they arrive, in memory of one chunk: a line for each window, with a column for
// each function, or a JSON array of AggregateChunk, one a line.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <absl/status/status.h>

#include "cli/output.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::cli {

struct WindowNames {
  std::vector<std::string> endpoint_ids;  // empty: across endpoints, without a column for them
  std::vector<std::string> series_names;
  std::vector<std::string> functions;  // as typed
};

class WindowPrinter {
 public:
  WindowPrinter(Output& output, const WindowNames& names);

  absl::Status add(const query::v1::AggregateChunk& chunk);
  absl::Status end();

 private:
  // With the first chunk or the end, so that a refused request prints nothing.
  absl::Status begin();
  absl::Status add_lines(const query::v1::AggregateChunk& chunk);
  std::string line(const std::vector<std::string>& cells) const;

  Output& output_;
  const bool has_endpoints_;
  std::vector<std::string> columns_;
  std::vector<std::size_t> widths_;
  bool begun_ = false;
};

}  // namespace millrace::cli
