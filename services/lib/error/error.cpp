// SPDX-License-Identifier: Apache-2.0
#include "lib/error/error.h"

#include <absl/strings/cord.h>

namespace millrace::error {
namespace {

constexpr char kUnknownOutcomeUrl[] = "millrace/unknown-outcome";

}  // namespace

bool is_retryable(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
      return true;
    default:
      return false;
  }
}

absl::Status with_unknown_outcome(absl::Status status) {
  status.SetPayload(kUnknownOutcomeUrl, absl::Cord());
  return status;
}

bool has_unknown_outcome(const absl::Status& status) {
  return status.GetPayload(kUnknownOutcomeUrl).has_value();
}

absl::Status prefixed(const std::string& context, const absl::Status& status) {
  if (status.ok()) return status;
  absl::Status longer(status.code(), context + ": " + message(status));
  status.ForEachPayload([&longer](absl::string_view url, const absl::Cord& payload) {
    longer.SetPayload(url, payload);
  });
  return longer;
}

std::string message(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

}  // namespace millrace::error
