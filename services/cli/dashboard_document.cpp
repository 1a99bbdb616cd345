// SPDX-License-Identifier: Apache-2.0
#include "cli/dashboard_document.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

namespace millrace::cli {

absl::StatusOr<registry::v1::Dashboard> read_dashboard(const std::string& name,
                                                       const std::string& json) {
  registry::v1::Dashboard dashboard;
  const auto parsed = google::protobuf::util::JsonStringToMessage(json, &dashboard);
  if (parsed.ok()) return dashboard;
  return absl::InvalidArgumentError(
      fmt::format("cannot use {}: it is no dashboard in JSON, as dashboard export prints it: {}",
                  name, std::string(parsed.message())));
}

}  // namespace millrace::cli
