// SPDX-License-Identifier: Apache-2.0
//
// MQTT's rules for topic names and filters (MQTT 3.1.1, section 4.7) and the topics of our
// responses. What a topic of 1/KP means is lib/telemetry/resource_path.h's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "mqtt-receiver/packet.h"

namespace millrace::mqtt_receiver {

inline constexpr std::string_view kStatusSuffix = "/status";
inline constexpr std::string_view kErrorSuffix = "/error";

// A topic may be so long that its response's topic still fits its length prefix.
inline constexpr std::size_t kMaxTopicBytes = kMaxTextBytes - kStatusSuffix.size();

// Not empty [MQTT-4.7.3-1], no wildcards [MQTT-3.3.2-2], answerable. UTF-8 is checked by the
// decoder.
bool is_valid_topic_name(std::string_view topic);

// Not empty; '#' only alone in the last level [MQTT-4.7.1-2], '+' only alone in a level
// [MQTT-4.7.1-3].
bool is_valid_topic_filter(std::string_view filter);

}  // namespace millrace::mqtt_receiver
