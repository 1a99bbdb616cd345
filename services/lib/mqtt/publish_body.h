// SPDX-License-Identifier: Apache-2.0
//
// What follows the fixed header of PUBLISH: bytes of exactly one packet → its values, or the rule
// that they break. Views of the result point into the bytes given, or to the topic of an alias.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "lib/mqtt/decoded.h"
#include "lib/mqtt/topic_aliases.h"

namespace millrace::mqtt {

// `flags`: bits 3-0 of the fixed header, valid ones. `aliases` are those of the connection.
Decoded read_publish(std::uint8_t level, std::uint8_t flags, std::string_view body,
                     TopicAliases& aliases);

// How many bytes come before the payload, by the lengths among the first bytes of the body, which
// may be all there is yet. Says nothing about what is in them.
std::variant<NeedMoreBytes, Fault, std::size_t> publish_head_bytes(std::uint8_t level,
                                                                   std::uint8_t flags,
                                                                   std::string_view first_bytes);

}  // namespace millrace::mqtt
