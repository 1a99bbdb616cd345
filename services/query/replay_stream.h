// SPDX-License-Identifier: Apache-2.0
//
// Hands replayed samples to the stream and waits until it has them.
#pragma once

#include <vector>

#include <absl/status/status.h>

#include "lib/bus/publisher.h"
#include "query/replay_message.h"

namespace millrace::query {

// Safe to use from any thread.
class ReplayStream {
 public:
  // `publisher` outlives this; what all callers hand over at a time must fit its max_in_flight.
  explicit ReplayStream(bus::Publisher& publisher) : publisher_(publisher) {}

  // Returns when each message is in the stream or failed, at the latest after the publisher's
  // deadline; the first failure, if any. Doing it again does no harm.
  absl::Status put(std::vector<ReplayMessage> messages);

 private:
  bus::Publisher& publisher_;
};

}  // namespace millrace::query
