// SPDX-License-Identifier: Apache-2.0
//
// The paths of Kaa's EPTS REST API, behind the prefixes /epts/api/v1 (as Kaa's ingress has it) and
// /api/v1 (as its service):
//
//   GET       /time-series/config
//   GET, POST /applications/<application>/time-series/last
//   GET       /applications/<application>/time-series/data
//   GET       /applications/<application>/time-series/data.csv   (ours)
//   PUT       /app-versions/<app-version>/time-series/data
//
// HEAD is taken where GET is. Pure.
#pragma once

#include <string>
#include <string_view>

#include <absl/status/statusor.h>

namespace millrace::gateway {

enum class EptsResource { kConfig, kLast, kData, kCsv, kPut };

struct EptsRoute {
  EptsResource resource = EptsResource::kConfig;
  std::string name;  // of the application, or of the application version; empty for kConfig
};

// `path`: of the request, percent-encoded. kNotFound: there is no such path.
absl::StatusOr<EptsRoute> epts_route_of(std::string_view path);

// For the header Allow.
std::string_view allowed_methods(EptsResource resource);
bool allows(EptsResource resource, std::string_view method);

}  // namespace millrace::gateway
