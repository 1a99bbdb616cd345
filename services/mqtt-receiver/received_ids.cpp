// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/received_ids.h"

namespace millrace::mqtt_receiver {

namespace {

// The table of a burst is given back when it is over: most connections are idle.
constexpr std::size_t kKeptCapacity = 64;

}  // namespace

std::optional<ReceivedIds::State> ReceivedIds::find(std::uint16_t id) const {
  const auto found = in_use_.find(id);
  if (found == in_use_.end()) return std::nullopt;
  return found->second.state;
}

std::size_t ReceivedIds::set_awaiting_pubrel(std::uint16_t id) {
  Exchange& exchange = in_use_[id];
  const std::size_t due = 1 + std::size_t{exchange.repetitions};
  exchange = {.state = State::kAwaitingPubrel};
  return due;
}

std::size_t ReceivedIds::end(std::uint16_t id) {
  const auto found = in_use_.find(id);
  if (found == in_use_.end()) return 0;
  const Exchange exchange = found->second;
  in_use_.erase(found);
  if (in_use_.empty() && in_use_.capacity() > kKeptCapacity) in_use_ = {};
  return exchange.state == State::kInFlight ? 1 + std::size_t{exchange.repetitions} : 0;
}

}  // namespace millrace::mqtt_receiver
