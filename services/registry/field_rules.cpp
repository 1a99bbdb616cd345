// SPDX-License-Identifier: Apache-2.0
#include "registry/field_rules.h"

#include <algorithm>

#include <fmt/format.h>

namespace millrace::registry {
namespace {

constexpr int kDefaultPageSize = 100;
constexpr int kMaxPageSize = 1000;
constexpr std::size_t kShownBytes = 64;
constexpr double kMinUploadRate = 0.001;
constexpr int kMaxUploadRate = 1'000'000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

template <class Allowed>
bool consists_of(const std::string& value, std::size_t max, Allowed allowed) {
  return !value.empty() && value.size() <= max && std::all_of(value.begin(), value.end(), allowed);
}

// Code points of valid UTF-8 (gRPC lets nothing else into a string).
std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

bool has_control(const std::string& text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// The offending value, cut between characters.
std::string shown(const std::string& value) {
  if (value.size() <= kShownBytes) return value;
  std::size_t end = kShownBytes;
  while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80) --end;
  return value.substr(0, end) + "…";
}

absl::Status broken_rule(const std::string& field, const std::string& value,
                         const std::string& rule) {
  return absl::InvalidArgumentError(
      fmt::format("cannot use field {} \"{}\": it must have {}", field, shown(value), rule));
}

}  // namespace

absl::Status check_name(const std::string& field, const std::string& value) {
  const bool good = consists_of(
      value, 63, [](char c) { return is_lower(c) || is_digit(c) || c == '-' || c == '_'; });
  if (good) return absl::OkStatus();
  return broken_rule(field, value, "1 to 63 characters of a-z 0-9 - _");
}

absl::Status check_endpoint_id(const std::string& field, const std::string& value) {
  const bool good = consists_of(value, 128, [](char c) {
    return is_lower(c) || is_upper(c) || is_digit(c) || c == '.' || c == '_' || c == '~' ||
           c == '-';
  });
  if (good) return absl::OkStatus();
  return broken_rule(field, value, "1 to 128 characters of A-Z a-z 0-9 . _ ~ -");
}

absl::Status check_token(const std::string& field, const std::string& value) {
  const bool good = consists_of(value, 128, [](char c) {
    return c > 0x20 && c < 0x7F && c != '+' && c != '#' && c != '/' && c != '.';
  });
  if (good) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format(
      "cannot use field {}: it must have 1 to 128 characters of printable ASCII without + # / . "
      "and blank",
      field));
}

absl::Status check_text(const std::string& field, const std::string& value, TextLength length) {
  const std::size_t count = characters(value);
  if (count >= length.min && count <= length.max && !has_control(value)) return absl::OkStatus();
  const std::string bounds = length.min == 0 ? fmt::format("at most {}", length.max)
                                             : fmt::format("{} to {}", length.min, length.max);
  return broken_rule(field, value, bounds + " characters, none of them a control character");
}

absl::Status check_number(const std::string& field, std::int64_t value, NumberRange range) {
  if (value >= range.min && value <= range.max) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format("cannot use field {} {}: it must be {} to {}",
                                                field, value, range.min, range.max));
}

absl::Status check_upload_rate(const std::string& field, double per_second) {
  if (per_second == 0 || (per_second >= kMinUploadRate && per_second <= kMaxUploadRate)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      fmt::format("cannot use field {} {}: it must be {} to {}, or 0 for no limit", field,
                  per_second, kMinUploadRate, kMaxUploadRate));
}

absl::Status check_upload_burst(const std::string& field, std::int32_t burst) {
  return check_number(field, burst, {0, kMaxUploadRate});
}

absl::Status check_display_name(const std::string& field, const std::string& value) {
  return check_text(field, value, {0, 200});
}

absl::Status check_comment(const std::string& field, const std::string& value) {
  return check_display_name(field, value);
}

absl::Status check_version(const std::string& field, std::int64_t version) {
  if (version >= 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("cannot use field {} {}: it must not be negative", field, version));
}

absl::Status check_key_name(const std::string& field, const std::string& value) {
  return check_text(field, value, {1, 100});
}

absl::Status check_wanted_state(const std::string& field, v1::TokenState state) {
  if (state == v1::TOKEN_STATE_ACTIVE || state == v1::TOKEN_STATE_SUSPENDED ||
      state == v1::TOKEN_STATE_REVOKED) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      fmt::format("cannot use field {}: it must be TOKEN_STATE_ACTIVE, TOKEN_STATE_SUSPENDED or "
                  "TOKEN_STATE_REVOKED",
                  field));
}

absl::Status check_search(const std::string& field, const std::string& value) {
  return check_text(field, value, {0, 128});
}

absl::Status check_listed_state(const std::string& field, v1::TokenState state) {
  if (v1::TokenState_IsValid(state)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("cannot use field {} {}: it must be TOKEN_STATE_INACTIVE, TOKEN_STATE_ACTIVE, "
                  "TOKEN_STATE_SUSPENDED or TOKEN_STATE_REVOKED, or left out",
                  field, static_cast<int>(state)));
}

absl::Status check_id(const std::string& field, std::int64_t id) {
  if (id > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("cannot use field {} {}: it must be greater than 0", field, id));
}

absl::StatusOr<int> checked_page_size(const std::string& field, std::int32_t size) {
  if (size == 0) return kDefaultPageSize;
  if (size > 0 && size <= kMaxPageSize) return size;
  return absl::InvalidArgumentError(
      fmt::format("cannot use field {} {}: it must be 1 to {}, or 0 for {}", field, size,
                  kMaxPageSize, kDefaultPageSize));
}

}  // namespace millrace::registry
