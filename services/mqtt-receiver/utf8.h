// SPDX-License-Identifier: Apache-2.0
//
// Whether bytes may be an MQTT text.
#pragma once

#include <string_view>

namespace millrace::mqtt_receiver {

// True for well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF;
// [MQTT-1.5.3-1]) without U+0000 [MQTT-1.5.3-2]. A byte order mark is a character like any other
// [MQTT-1.5.3-3].
bool is_valid_text(std::string_view bytes);

}  // namespace millrace::mqtt_receiver
