// SPDX-License-Identifier: Apache-2.0
#include "cli/tail_printer.h"

#include "lib/error/error.h"

namespace millrace::cli {

absl::Status TailPrinter::add(const query::v1::SubscribeResponse& answer) {
  if (output_.format() == Format::kJson) {
    MILLRACE_ASSIGN_OR_RETURN(const std::string json, to_json(answer, JsonStyle::kOneLine));
    MILLRACE_RETURN_IF_ERROR(output_.write(json + "\n"));
    return output_.flush();
  }
  if (!answer.has_data_points()) return absl::OkStatus();
  MILLRACE_RETURN_IF_ERROR(points_.add(answer.data_points()));
  return output_.flush();
}

}  // namespace millrace::cli
