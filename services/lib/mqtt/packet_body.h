// SPDX-License-Identifier: Apache-2.0
//
// What follows the fixed header of a packet: bytes of exactly one packet → its values, or the rule
// of MQTT that they break. Views of the result point into the bytes given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "lib/mqtt/fault.h"
#include "lib/mqtt/packet.h"

namespace millrace::mqtt {

struct NeedMoreBytes {};

// A Fault is a protocol error.
using Decoded = std::variant<NeedMoreBytes, Fault, Connect, Publish, Acknowledgement, Subscribe,
                             Unsubscribe, Pingreq, Disconnect, Auth>;

Decoded read_connect(std::string_view body);
// `flags`: bits 3-0 of the fixed header, valid ones.
Decoded read_publish(std::uint8_t flags, std::string_view body);
Decoded read_puback(std::string_view body);
Decoded read_subscribe(std::string_view body, std::size_t max_subscriptions);
Decoded read_unsubscribe(std::string_view body, std::size_t max_subscriptions);

}  // namespace millrace::mqtt
