// SPDX-License-Identifier: Apache-2.0
//
// Looking into DATA_SAMPLES without taking anything out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <absl/status/statusor.h>

#include "lib/bus/connection.h"
#include "lib/time/clock.h"

namespace millrace::bus {

struct StoredMessage {
  std::int64_t sequence = 0;
  std::string subject;
  std::string payload;
  time::UnixMicros stored_at;  // by the server's clock
};

// One round trip. Nothing: there is no message at this position, not any more. kUnavailable:
// JetStream or the stream is away; kInternal: the answer cannot be read.
absl::StatusOr<std::optional<StoredMessage>> stored_data_samples(Connection& connection,
                                                                 std::int64_t sequence);

}  // namespace millrace::bus
