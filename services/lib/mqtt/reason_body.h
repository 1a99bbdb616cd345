// SPDX-License-Identifier: Apache-2.0
//
// What follows the fixed header of the packets that carry a reason code: acknowledgements,
// DISCONNECT and AUTH. Bytes of exactly one packet → its values, or the rule that they break.
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/mqtt/decoded.h"

namespace millrace::mqtt {

// `type`: PUBACK, PUBREC, PUBREL or PUBCOMP.
Decoded read_acknowledgement(std::uint8_t level, PacketType type, std::string_view body);
Decoded read_disconnect(std::uint8_t level, std::string_view body);
// Of MQTT 5.
Decoded read_auth(std::string_view body);

}  // namespace millrace::mqtt
