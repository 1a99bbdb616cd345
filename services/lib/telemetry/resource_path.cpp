// SPDX-License-Identifier: Apache-2.0
#include "lib/telemetry/resource_path.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace millrace::telemetry {
namespace {

constexpr std::size_t kMaxAppVersionNameBytes = 63;
constexpr std::size_t kMaxTokenBytes = 128;
constexpr std::size_t kMaxMetricBytes = 128;
// kp1/<app-version>/dcx/<token>/json
constexpr std::size_t kJsonLevels = 5;
// kp1/<app-version>/dcx/<token>/plain/<metric>
constexpr std::size_t kPlainLevels = 6;

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_app_version_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxAppVersionNameBytes &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_lower_or_digit(c) || c == '_' || c == '-'; });
}

// Printable ASCII; as registry.proto has it.
bool is_token(std::string_view token) {
  return !token.empty() && token.size() <= kMaxTokenBytes &&
         std::all_of(token.begin(), token.end(), [](char c) {
           return c > ' ' && c <= '~' && c != '+' && c != '#' && c != '/' && c != '.';
         });
}

// The characters a series may be named with, because <metric>-value becomes one.
bool is_metric(std::string_view metric) {
  return !metric.empty() && metric.size() <= kMaxMetricBytes &&
         std::all_of(metric.begin(), metric.end(), [](char c) {
           return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
         });
}

// The levels of a path: the first ones, and the last one, which may be among them.
struct Levels {
  std::array<std::string_view, kPlainLevels> texts;
  std::size_t count = 0;  // all that the path has
  std::string_view last;
};

Levels split(std::string_view path) {
  Levels levels;
  while (true) {
    const std::size_t slash = path.find('/');
    levels.last = path.substr(0, slash);
    if (levels.count < kPlainLevels) levels.texts[levels.count] = levels.last;
    ++levels.count;
    if (slash == std::string_view::npos) return levels;
    path.remove_prefix(slash + 1);
  }
}

bool is_decimal(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

absl::Status not_found(std::string_view why) {
  return absl::NotFoundError(
      fmt::format("unknown path: {}; use kp1/<app-version>/dcx/<endpoint-token>/json", why));
}

// Takes a trailing request id off `levels`. 1/KP: a last level that is a number is never a part of
// the resource.
absl::Status take_request_id(Levels& levels, ResourcePath& path) {
  const std::string_view last = levels.last;
  if (!is_decimal(last)) return absl::OkStatus();
  std::int32_t id = 0;
  if (std::from_chars(last.data(), last.data() + last.size(), id).ec != std::errc()) {
    return not_found("the request id must be a number from 0 to 2147483647");
  }
  path.request_id = id;
  --levels.count;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ResourcePath> parse_resource_path(std::string_view path) {
  ResourcePath result;
  Levels levels = split(path);
  if (levels.count < kJsonLevels || levels.texts[0] != "kp1" || levels.texts[2] != "dcx") {
    return not_found("it does not have that form");
  }
  if (!is_app_version_name(levels.texts[1])) {
    return not_found("an application version is named with 1 to 63 characters of a-z 0-9 - _");
  }
  if (!is_token(levels.texts[3])) {
    return not_found(
        "an endpoint token has 1 to 128 printable ASCII characters without + # / . and blank");
  }
  result.app_version_name = levels.texts[1];
  result.token = levels.texts[3];
  const std::string_view resource = levels.texts[4];
  if (absl::Status status = take_request_id(levels, result); !status.ok()) return status;

  if (resource == "json") {
    result.relaxed = levels.count > kJsonLevels;
    return result;
  }
  if (resource == "plain" && levels.count == kPlainLevels) {
    if (!is_metric(levels.texts[5])) {
      return not_found("a metric is named with 1 to 128 characters of A-Z a-z 0-9 - _");
    }
    result.kind = ResourcePath::Kind::kPlain;
    result.metric = levels.texts[5];
    return result;
  }
  return not_found("dcx has the resources json and plain/<metric> only");
}

}  // namespace millrace::telemetry
