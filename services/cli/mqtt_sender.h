// SPDX-License-Identifier: Apache-2.0
//
// Sends one upload over MQTT 3.1.1 with QoS 1 and a request id, and waits for PUBACK and for the
// message to …/status or …/error. Uses libmosquitto.
#pragma once

#include <absl/status/statusor.h>

#include "cli/http_sender.h"
#include "lib/time/clock.h"

namespace millrace::cli {

absl::StatusOr<Answer> send_over_mqtt(const SessionOptions& options, const Upload& upload,
                                      const time::Clock& clock);

}  // namespace millrace::cli
