// SPDX-License-Identifier: Apache-2.0
#include "query/request_field.h"

#include <algorithm>

#include <fmt/format.h>

namespace millrace::query {

absl::Status refused(const std::string& field, const std::string& why) {
  return absl::InvalidArgumentError(field + ": " + why);
}

absl::Status check_name(const std::string& field, const std::string& name, std::size_t max_bytes) {
  if (name.empty()) return refused(field, "must not be empty");
  if (name.size() > max_bytes) {
    return refused(field,
                   fmt::format("has {} bytes, at most {} are allowed", name.size(), max_bytes));
  }
  if (std::any_of(name.begin(), name.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
    return refused(field, "must not contain control characters");
  }
  return absl::OkStatus();
}

absl::StatusOr<int> checked_count(const std::string& field, int given, CountRule rule) {
  if (given < 0 || given > rule.max) {
    return refused(field, fmt::format("is {}, must be 0 to {}", given, rule.max));
  }
  return given == 0 ? rule.usual : given;
}

}  // namespace millrace::query
