// SPDX-License-Identifier: Apache-2.0
//
// kp1/<app-version>/dcx/<endpoint-token>/json[/<request-id>] and …/plain/<metric>[/<request-id>]:
// the path of the HTTP binding and the MQTT topic (Kaa RFC 1, 1/KP). Where an application allows it
// also …/json/<anything>[/<request-id>].
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

namespace millrace::telemetry {

struct ResourcePath {
  enum class Kind { kJson, kPlain };
  std::string app_version_name;
  std::string token;
  Kind kind = Kind::kJson;
  std::string metric;  // kPlain only
  std::optional<std::int32_t> request_id;
  // kJson only: something stands between json and the request id, which is for the application to
  // allow (lib/intake).
  bool relaxed = false;
};

// `path` without a leading slash, already percent-decoded. kNotFound with what the path must look
// like otherwise.
absl::StatusOr<ResourcePath> parse_resource_path(std::string_view path);

}  // namespace millrace::telemetry
