// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/packet_ids.h"

namespace millrace::mqtt_receiver {

std::optional<std::uint16_t> PacketIds::take() {
  if (in_use_.size() >= max_in_use_) return std::nullopt;
  // Ends, because fewer than 65,535 are in use; soon, because clients acknowledge in order.
  do {
    ++last_;
  } while (last_ == 0 || in_use_.contains(last_));
  in_use_.insert(last_);
  return last_;
}

}  // namespace millrace::mqtt_receiver
