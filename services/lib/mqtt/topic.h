// SPDX-License-Identifier: Apache-2.0
//
// The rules of MQTT for topic names and filters (MQTT 3.1.1 and 5, section 4.7).
#pragma once

#include <string_view>

namespace millrace::mqtt {

// Not empty [MQTT-4.7.3-1], no wildcards [MQTT-3.3.2-2]. UTF-8 is checked by the decoder.
bool is_valid_topic_name(std::string_view topic);

// Not empty; '#' only alone in the last level [MQTT-4.7.1-2], '+' only alone in a level
// [MQTT-4.7.1-3].
bool is_valid_topic_filter(std::string_view filter);

}  // namespace millrace::mqtt
