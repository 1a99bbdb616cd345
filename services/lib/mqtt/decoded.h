// SPDX-License-Identifier: Apache-2.0
//
// What comes out of a client's bytes: a packet, a fault, or nothing yet.
#pragma once

#include <variant>

#include "lib/mqtt/fault.h"
#include "lib/mqtt/packet.h"

namespace millrace::mqtt {

struct NeedMoreBytes {};

// A Fault is a protocol error.
using Decoded = std::variant<NeedMoreBytes, Fault, Connect, Publish, Acknowledgement, Subscribe,
                             Unsubscribe, Pingreq, Disconnect, Auth>;

}  // namespace millrace::mqtt
