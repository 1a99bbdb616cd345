// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/will.h"

#include <utility>

#include "lib/telemetry/resource_path.h"

namespace millrace::mqtt_receiver {

bool takes_uploads(std::string_view topic) {
  return telemetry::parse_resource_path(topic).ok();
}

std::optional<intake::Upload> upload_of(Will will) {
  absl::StatusOr<telemetry::ResourcePath> path = telemetry::parse_resource_path(will.topic);
  if (!path.ok()) return std::nullopt;
  intake::Upload upload;
  upload.path = *std::move(path);
  upload.body = std::move(will.body);
  return upload;
}

}  // namespace millrace::mqtt_receiver
