// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/packet_ids.h"

namespace millrace::mqtt_receiver {

namespace {

// The table of a burst is given back when it is over: most connections are idle.
constexpr std::size_t kKeptCapacity = 64;

}  // namespace

std::optional<std::uint16_t> PacketIds::take(Awaiting awaiting) {
  if (in_use_.size() >= max_in_use_) return std::nullopt;
  // Ends, because fewer than 65,535 are in use; soon, because clients acknowledge in order.
  do {
    ++last_;
  } while (last_ == 0 || in_use_.contains(last_));
  in_use_.emplace(last_, awaiting);
  return last_;
}

PacketIds::Awaiting* PacketIds::find(std::uint16_t id) {
  const auto found = in_use_.find(id);
  return found == in_use_.end() ? nullptr : &found->second;
}

bool PacketIds::release(std::uint16_t id) {
  if (in_use_.erase(id) == 0) return false;
  if (in_use_.empty() && in_use_.capacity() > kKeptCapacity) in_use_ = {};
  return true;
}

}  // namespace millrace::mqtt_receiver
