// SPDX-License-Identifier: Apache-2.0
//
// What a single field of a request may say. Every refusal is kInvalidArgument whose message begins
// with the field's name. Pure.
#pragma once

#include <cstddef>
#include <string>

#include <absl/status/statusor.h>

namespace millrace::query {

inline constexpr std::size_t kMaxApplicationNameBytes = 63;
inline constexpr std::size_t kMaxEndpointIdBytes = 128;

absl::Status refused(const std::string& field, const std::string& why);
// PostgreSQL has no NUL in texts, and no name has control characters.
absl::Status check_name(const std::string& field, const std::string& name, std::size_t max_bytes);

struct CountRule {
  int max = 0;
  int usual = 0;  // for 0
};
absl::StatusOr<int> checked_count(const std::string& field, int given, CountRule rule);

}  // namespace millrace::query
