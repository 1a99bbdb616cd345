// SPDX-License-Identifier: Apache-2.0
//
// What follows the fixed header of SUBSCRIBE and UNSUBSCRIBE: bytes of exactly one packet → its
// values, or the rule that they break. Views of the result point into the bytes given. Whether a
// filter is a valid one is not looked at: it is answered one by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/mqtt/decoded.h"

namespace millrace::mqtt {

// `max_subscriptions`: topic filters at most.
Decoded read_subscribe(std::uint8_t level, std::string_view body, std::size_t max_subscriptions);
Decoded read_unsubscribe(std::uint8_t level, std::string_view body, std::size_t max_subscriptions);

}  // namespace millrace::mqtt
