// SPDX-License-Identifier: Apache-2.0
//
// Prints tried samples as they arrive: a line for each value that would be stored and for each
// rejection, or a JSON array of TriedSample, one a line.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <absl/status/status.h>

#include "cli/output.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::cli {

class TrialPrinter {
 public:
  explicit TrialPrinter(Output& output);

  absl::Status add(const query::v1::TriedSample& sample);
  absl::Status end();
  std::size_t samples() const { return samples_; }

 private:
  using Cells = std::vector<std::string>;

  // With the first sample or the end, so that a refused request prints nothing.
  absl::Status begin();
  std::vector<Cells> lines_of(const query::v1::TriedSample& sample) const;
  // Of a table: columns grow as wide as what was printed so far.
  std::string text_of_lines(std::vector<Cells> lines);

  Output& output_;
  std::vector<std::size_t> widths_;
  bool begun_ = false;
  std::size_t samples_ = 0;
};

}  // namespace millrace::cli
