// SPDX-License-Identifier: Apache-2.0
#include "gateway/cross_site.h"

#include <algorithm>

#include <fmt/format.h>

namespace millrace::gateway {
namespace {

// What a page may send beside what browsers always allow, and what it may read.
constexpr char kAllowedHeaders[] =
    "authorization, api-key, x-iamcore-api-key, content-type, content-encoding, "
    "connect-protocol-version, connect-timeout-ms, connect-accept-encoding, "
    "connect-content-encoding, traceparent";
constexpr char kExposedHeaders[] =
    "content-encoding, connect-content-encoding, content-disposition, retry-after, "
    "www-authenticate, trailer-grpc-retry-pushback-ms";

bool contains_ignoring_case(const std::vector<std::string>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [name](const std::string& one) {
    return http::equal_ignoring_case(one, name);
  });
}

// Of an origin: "https://a:8000" → "a:8000". Empty: it has no host, like "null".
std::string_view authority(std::string_view origin) {
  const std::size_t slashes = origin.find("://");
  return slashes == std::string_view::npos ? std::string_view() : origin.substr(slashes + 3);
}

// The scheme is not compared: before a TLS proxy the gateway does not know its own.
bool is_own(std::string_view origin, std::string_view host) {
  const std::string_view of_origin = authority(origin);
  return !of_origin.empty() && http::equal_ignoring_case(of_origin, host);
}

}  // namespace

std::string_view host_name(std::string_view host) {
  const std::size_t after_bracket = host.starts_with('[') ? host.find(']') : 0;
  if (after_bracket == std::string_view::npos) return host;
  return host.substr(0, host.find(':', after_bracket));
}

bool names_allowed_host(const http::Request& request, const AllowedSites& sites) {
  return sites.hosts.empty() ||
         contains_ignoring_case(sites.hosts, host_name(request.headers.get("Host")));
}

std::optional<std::string> cross_site_fault(const http::Request& request,
                                            const AllowedSites& sites) {
  const std::string_view origin = request.headers.get("Origin");
  if (!origin.empty()) {
    if (is_own(origin, request.headers.get("Host")) ||
        contains_ignoring_case(sites.origins, origin)) {
      return std::nullopt;
    }
    return fmt::format(
        "cannot take a request of the site {}; the gateway's setting allowed-origins says which "
        "other sites may call it",
        origin);
  }
  const std::string_view site = request.headers.get("Sec-Fetch-Site");
  if (site == "cross-site" || site == "same-site") {
    return "cannot take a request that another site's page has begun; open the dashboard instead";
  }
  return std::nullopt;
}

http::CorsRules cors_rules(const AllowedSites& sites) {
  return {sites.origins, "GET, POST, PUT", kAllowedHeaders, kExposedHeaders};
}

}  // namespace millrace::gateway
