// SPDX-License-Identifier: Apache-2.0
#include "lib/error/retry_after.h"

#include <cstdint>
#include <string>

#include <absl/strings/cord.h>
#include <absl/strings/numbers.h>

namespace millrace::error {
namespace {

constexpr char kUrl[] = "millrace/retry-after-ms";

}  // namespace

absl::Status with_retry_after(absl::Status status, std::chrono::milliseconds wait) {
  status.SetPayload(kUrl, absl::Cord(std::to_string(wait.count())));
  return status;
}

std::optional<std::chrono::milliseconds> retry_after(const absl::Status& status) {
  const auto payload = status.GetPayload(kUrl);
  std::int64_t wait_ms = 0;
  if (!payload.has_value() || !absl::SimpleAtoi(std::string(*payload), &wait_ms)) {
    return std::nullopt;
  }
  return std::chrono::milliseconds{wait_ms};
}

}  // namespace millrace::error
