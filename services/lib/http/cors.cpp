// SPDX-License-Identifier: Apache-2.0
#include "lib/http/cors.h"

#include <algorithm>

#include <fmt/format.h>

namespace millrace::http {
namespace {

// Browsers keep at most two hours.
constexpr char kPreflightSeconds[] = "7200";

bool is_any(const std::vector<std::string>& origins) {
  return origins.size() == 1 && origins.front() == kAnyOrigin;
}

// Scheme, host and port alone: a page's origin has no path, not even "/".
bool is_origin(std::string_view text) {
  const bool has_scheme = text.starts_with("https://") || text.starts_with("http://");
  const std::size_t host = text.find("//") + 2;
  return has_scheme && host < text.size() &&
         text.find_first_of("/?#@*\" ", host) == std::string_view::npos;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> parse_origins(std::string_view list, bool any_origin) {
  std::vector<std::string> origins;
  while (!list.empty()) {
    const std::string_view origin = cut_off(list, ',');
    if (origin.empty()) continue;
    if (!is_origin(origin) && !(any_origin && origin == kAnyOrigin)) {
      return absl::InvalidArgumentError(fmt::format(
          "\"{}\" is no origin; write scheme, host and port alone, as in https://example.com:8443",
          origin));
    }
    origins.emplace_back(origin);
  }
  const bool has_any = std::find(origins.begin(), origins.end(), kAnyOrigin) != origins.end();
  if (has_any && !is_any(origins)) {
    return absl::InvalidArgumentError("\"*\" is any origin already; write it alone");
  }
  return origins;
}

bool allows_origin(const CorsRules& rules, std::string_view origin) {
  if (origin.empty()) return false;
  if (is_any(rules.origins)) return true;
  return std::any_of(rules.origins.begin(), rules.origins.end(),
                     [origin](const std::string& one) { return equal_ignoring_case(one, origin); });
}

bool is_preflight(const Request& request) {
  return request.method == "OPTIONS" && !request.headers.get("Origin").empty() &&
         !request.headers.get("Access-Control-Request-Method").empty();
}

Response preflight_answer(const CorsRules& rules) {
  Response response;
  response.status = 204;
  response.headers.add("Access-Control-Allow-Methods", rules.methods);
  response.headers.add("Access-Control-Allow-Headers", rules.request_headers);
  response.headers.add("Access-Control-Max-Age", kPreflightSeconds);
  return response;
}

void allow_origin(const CorsRules& rules, std::string_view origin, Response& response) {
  if (rules.origins.empty()) return;
  const bool any = is_any(rules.origins);
  // Caches must not hand one site the answer to another.
  if (!any) response.headers.append("Vary", "Origin");
  if (!allows_origin(rules, origin)) return;
  response.headers.add("Access-Control-Allow-Origin", any ? kAnyOrigin : std::string(origin));
  response.headers.add("Access-Control-Expose-Headers", rules.exposed_headers);
}

}  // namespace millrace::http
