// SPDX-License-Identifier: Apache-2.0
//
// The HTTP request that opens a WebSocket (RFC 6455, 4.2), and what it is answered. No socket.
//
// The path is /ws and the subprotocol `mqtt`, or `mqttv3.1`, which older JavaScript clients ask for
// [MQTT-6.0.0-3]. Extensions are not agreed on: compression costs memory per connection. Origin is
// not looked at: nothing here acts on what a browser sends by itself, such as cookies.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::mqtt_receiver {

inline constexpr std::string_view kWebSocketPath = "/ws";
inline constexpr std::size_t kMaxUpgradeHeadBytes = 8192;

struct UpgradeAnswer {
  std::string response = {};   // to be sent; when it refuses, the connection ends then
  std::size_t head_bytes = 0;  // of the request; frames follow
  std::string refusal = {};    // a sentence, for the log; empty: accepted

  bool accepted() const { return refusal.empty(); }
};

// `bytes`: what has come so far. nullopt: the head is not complete, and nothing is wrong so far.
std::optional<UpgradeAnswer> answer_upgrade(std::string_view bytes);

}  // namespace millrace::mqtt_receiver
