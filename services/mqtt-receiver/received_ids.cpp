// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/received_ids.h"

namespace millrace::mqtt_receiver {

namespace {

// The table of a burst is given back when it is over: most connections are idle.
constexpr std::size_t kKeptCapacity = 64;

}  // namespace

std::optional<ReceivedIds::UploadId> ReceivedIds::find(std::uint16_t id) const {
  const auto found = in_use_.find(id);
  if (found == in_use_.end()) return std::nullopt;
  return found->second;
}

void ReceivedIds::end(std::uint16_t id) {
  in_use_.erase(id);
  if (in_use_.empty() && in_use_.capacity() > kKeptCapacity) in_use_ = {};
}

}  // namespace millrace::mqtt_receiver
