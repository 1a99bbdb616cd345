// SPDX-License-Identifier: Apache-2.0
//
// What follows the fixed header of a packet: bytes of exactly one packet → its values, or the rule
// of MQTT that they break. Views of the result point into the bytes given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "mqtt-receiver/packet.h"
#include "mqtt-receiver/reason_code.h"

namespace millrace::mqtt_receiver {

struct NeedMoreBytes {};

// A CloseReason is a protocol error.
using Decoded = std::variant<NeedMoreBytes, CloseReason, Connect, Publish, Puback, Subscribe,
                             Unsubscribe, Pingreq, Disconnect>;

Decoded read_connect(std::string_view body);
// `flags`: bits 3-0 of the fixed header, valid ones.
Decoded read_publish(std::uint8_t flags, std::string_view body);
Decoded read_puback(std::string_view body);
Decoded read_subscribe(std::string_view body, std::size_t max_subscriptions);
Decoded read_unsubscribe(std::string_view body, std::size_t max_subscriptions);

}  // namespace millrace::mqtt_receiver
