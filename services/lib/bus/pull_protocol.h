// SPDX-License-Identifier: Apache-2.0
//
// JetStream's protocol of pulling, pure: the request for messages, the subject on which each one is
// acknowledged, the words of an acknowledgement.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::bus {

struct PullRequest {
  int messages = 1;
  std::int64_t bytes = 0;               // 0: no limit
  std::chrono::milliseconds expires{};  // how long the server keeps it
  // Ends when the server has no more, once it gave at least one.
  bool end_when_drained = false;
};
// {"batch":…,"expires":…,"max_bytes":…,"no_wait":true}
std::string to_json(const PullRequest& request);

// What the reply subject of a delivered message tells:
// $JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<time>.<pending>, or with
// <domain>.<account> after $JS.ACK and possibly one token more at the end.
struct DeliveryPosition {
  std::uint64_t delivery_count = 0;
  std::uint64_t stream_sequence = 0;
};
std::optional<DeliveryPosition> parse_ack_subject(std::string_view subject);

inline constexpr std::string_view kAck = "+ACK";
inline constexpr std::string_view kTerminate = "+TERM";
inline constexpr std::string_view kInProgress = "+WPI";
// -NAK {"delay":…}
std::string nak(std::chrono::milliseconds delay);

}  // namespace millrace::bus
