// SPDX-License-Identifier: Apache-2.0
//
// A will: the upload that a device leaves with us in case its connection ends without DISCONNECT.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "lib/intake/intake.h"

namespace millrace::mqtt_receiver {

// Held as long as the connection; sent at its end, because no session outlives it: a will delay
// interval has nothing to wait for [MQTT-3.1.3-9].
struct Will {
  std::string topic;
  std::string body;

  std::size_t bytes() const { return sizeof(Will) + topic.capacity() + body.capacity(); }
};

// Whether the topic takes uploads.
bool takes_uploads(std::string_view topic);

// nullopt when the will's topic takes no uploads.
std::optional<intake::Upload> upload_of(Will will);

}  // namespace millrace::mqtt_receiver
