// SPDX-License-Identifier: Apache-2.0
#include "gateway/epts_route.h"

#include <array>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "gateway/parameter_faults.h"
#include "lib/http/message.h"
#include "lib/utf8/utf8.h"

namespace millrace::gateway {
namespace {

constexpr std::array<std::string_view, 2> kPrefixes = {"/epts/api/v1/", "/api/v1/"};
constexpr std::string_view kTimeSeries = "time-series";

// Behind the prefix; nothing: another API's.
std::optional<std::string_view> behind_prefix(std::string_view path) {
  for (const std::string_view prefix : kPrefixes) {
    if (path.starts_with(prefix)) return path.substr(prefix.size());
  }
  return std::nullopt;
}

// Each decoded by itself, so that an encoded slash is no separator. Nothing: one is no text.
std::optional<std::vector<std::string>> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  while (true) {
    const std::size_t slash = path.find('/');
    std::string segment;
    if (!http::percent_decode(path.substr(0, slash), segment) || !utf8::is_valid(segment)) {
      return std::nullopt;
    }
    segments.push_back(std::move(segment));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

std::optional<EptsResource> resource_of(const std::string& owner, const std::string& what) {
  if (owner == "app-versions" && what == "data") return EptsResource::kPut;
  if (owner != "applications") return std::nullopt;
  if (what == "last") return EptsResource::kLast;
  if (what == "data") return EptsResource::kData;
  if (what == "data.csv") return EptsResource::kCsv;
  return std::nullopt;
}

}  // namespace

absl::StatusOr<EptsRoute> epts_route_of(std::string_view path) {
  const auto rest = behind_prefix(path);
  const auto segments = rest ? segments_of(*rest) : std::nullopt;
  if (segments && segments->size() == 2 && segments->at(0) == kTimeSeries &&
      segments->at(1) == "config") {
    return EptsRoute{EptsResource::kConfig, {}};
  }
  if (segments && segments->size() == 4 && segments->at(2) == kTimeSeries &&
      !segments->at(1).empty()) {
    if (const auto resource = resource_of(segments->at(0), segments->at(3))) {
      return EptsRoute{*resource, segments->at(1)};
    }
  }
  return absl::NotFoundError(
      fmt::format("no API is at {}; there are time-series/config, "
                  "applications/<application>/time-series/last, …/data and …/data.csv, and "
                  "app-versions/<app-version>/time-series/data",
                  shown(path)));
}

std::string_view allowed_methods(EptsResource resource) {
  switch (resource) {
    case EptsResource::kLast:
      return "GET, HEAD, POST";
    case EptsResource::kPut:
      return "PUT";
    case EptsResource::kConfig:
    case EptsResource::kData:
    case EptsResource::kCsv:
      break;
  }
  return "GET, HEAD";
}

bool allows(EptsResource resource, std::string_view method) {
  if (resource == EptsResource::kPut) return method == "PUT";
  return method == "GET" || method == "HEAD" ||
         (resource == EptsResource::kLast && method == "POST");
}

}  // namespace millrace::gateway
