// SPDX-License-Identifier: Apache-2.0
#include "cli/wrong_usage.h"

namespace millrace::cli {
namespace {

constexpr char kUsageUrl[] = "millrace/wrong-usage";

}  // namespace

absl::Status wrong_usage(const std::string& message) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kUsageUrl, absl::Cord());
  return status;
}

bool is_wrong_usage(const absl::Status& status) {
  return status.GetPayload(kUsageUrl).has_value();
}

}  // namespace millrace::cli
