// SPDX-License-Identifier: Apache-2.0
//
// The topics of our responses: the topic of the upload and a suffix (Kaa RFC 1, 1/KP). What a topic
// of 1/KP means is lib/telemetry/resource_path.h's.
#pragma once

#include <cstddef>
#include <string_view>

#include "lib/mqtt/packet.h"

namespace millrace::mqtt_receiver {

inline constexpr std::string_view kStatusSuffix = "/status";
inline constexpr std::string_view kErrorSuffix = "/error";

// A topic may be so long that its response's topic still fits its length prefix.
inline constexpr std::size_t kMaxTopicBytes = mqtt::kMaxTextBytes - kStatusSuffix.size();

}  // namespace millrace::mqtt_receiver
