// SPDX-License-Identifier: Apache-2.0
//
// What follows the fixed header of CONNECT: bytes of exactly one packet → its values, or the rule
// that they break. Views of the result point into the bytes given.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "lib/mqtt/decoded.h"

namespace millrace::mqtt {

Decoded read_connect(std::string_view body);

// The protocol level that a CONNECT speaks, whatever is wrong with what follows it; nullopt: one
// that is not spoken here, or none.
std::optional<std::uint8_t> protocol_level(std::string_view connect_body);

}  // namespace millrace::mqtt
