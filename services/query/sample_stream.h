// SPDX-License-Identifier: Apache-2.0
//
// Hands messages to the stream and waits until it has them.
#pragma once

#include <string>
#include <vector>

#include <absl/status/status.h>

#include "lib/bus/publisher.h"

namespace millrace::query {

struct StreamMessage {
  // Of messages with one id the stream keeps the first, within its duplicate window. Empty: one
  // that nobody else has.
  std::string id;
  std::string payload;  // DataSamplesBatch
};

// Safe to use from any thread.
class SampleStream {
 public:
  // `publisher` outlives this; what all callers hand over at a time must fit its max_in_flight.
  explicit SampleStream(bus::Publisher& publisher) : publisher_(publisher) {}

  // Returns when each message is in the stream or failed, at the latest after the publisher's
  // deadline; the first failure, if any, says that it was about `what`.
  absl::Status put(const std::string& what, std::vector<StreamMessage> messages);

 private:
  bus::Publisher& publisher_;
};

}  // namespace millrace::query
