// SPDX-License-Identifier: Apache-2.0
//
// Prints live points, each answer at once: lines as PointPrinter has them, or one SubscribeResponse
// a line as JSON.
#pragma once

#include <string>
#include <vector>

#include <absl/status/status.h>

#include "cli/output.h"
#include "cli/point_printer.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::cli {

class TailPrinter {
 public:
  // Names that are known to come; others may.
  TailPrinter(Output& output, const std::vector<std::string>& endpoint_ids,
              const std::vector<std::string>& series_names)
      : output_(output), points_(output, endpoint_ids, series_names) {}

  absl::Status add(const query::v1::SubscribeResponse& answer);

 private:
  Output& output_;
  PointPrinter points_;
};

}  // namespace millrace::cli
