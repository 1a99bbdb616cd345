// SPDX-License-Identifier: Apache-2.0
//
// What the fields of a request may hold: the same rules as in registry.proto and in the tables'
// constraints. A failure is kInvalidArgument and names the field and the rule.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <absl/status/statusor.h>

#include "millrace/registry/v1/registry.pb.h"

namespace millrace::registry {

// Names of applications and application versions.
absl::Status check_name(const std::string& field, const std::string& value);
absl::Status check_endpoint_id(const std::string& field, const std::string& value);
// Never quotes the value: it is a secret.
absl::Status check_token(const std::string& field, const std::string& value);
// Characters, not bytes.
struct TextLength {
  std::size_t min = 0;
  std::size_t max = 0;
};
// A text for people, without control characters.
absl::Status check_text(const std::string& field, const std::string& value, TextLength length);
struct NumberRange {
  std::int64_t min = 0;
  std::int64_t max = 0;
};
absl::Status check_number(const std::string& field, std::int64_t value, NumberRange range);
// Uploads a second, and how many at once: those of the application's quota.
absl::Status check_upload_rate(const std::string& field, double per_second);
absl::Status check_upload_burst(const std::string& field, std::int32_t burst);
absl::Status check_display_name(const std::string& field, const std::string& value);
absl::Status check_comment(const std::string& field, const std::string& value);
// Of series rules; 0 where it may be left out.
absl::Status check_version(const std::string& field, std::int64_t version);
absl::Status check_key_name(const std::string& field, const std::string& value);
absl::Status check_wanted_state(const std::string& field, v1::TokenState state);
absl::Status check_id(const std::string& field, std::int64_t id);
// Part of an endpoint's id; a text that no id can have finds nothing.
absl::Status check_search(const std::string& field, const std::string& value);
// Of tokens that a list is to have; unspecified where it may be left out.
absl::Status check_listed_state(const std::string& field, v1::TokenState state);
// The size in force: 1 to 1000, 100 where 0 was asked for.
absl::StatusOr<int> checked_page_size(const std::string& field, std::int32_t size);

}  // namespace millrace::registry
