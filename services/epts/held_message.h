// SPDX-License-Identifier: Apache-2.0
//
// A message of the stream that is being worked on.
#pragma once

#include <cstdint>
#include <memory>

#include <absl/status/statusor.h>

#include "lib/bus/consumer.h"

#include "millrace/telemetry/v1/data_samples.pb.h"

namespace millrace::epts {

// Positions of samples within a message have so many bits in `seq`.
inline constexpr int kSampleIndexBits = 20;

struct HeldMessage {
  std::unique_ptr<bus::PulledMessage> message;
  telemetry::v1::DataSamplesBatch batch;
  std::uint32_t sample_count = 0;  // of all uploads
  absl::Status fault;              // not OK: nothing can be made of it, and `batch` is empty

  // Position of the message's first sample in the order of writes.
  std::int64_t first_seq() const {
    return static_cast<std::int64_t>(message->stream_sequence() << kSampleIndexBits);
  }
};

// kInvalidArgument, leaving `message` as it was: neither a DataSamplesBatch nor, on a transmitter's
// subject, a DataPointsEvent, or one that nobody makes. A traceparent that no receiver makes is
// dropped from its event, which is none the worse.
absl::StatusOr<HeldMessage> hold(std::unique_ptr<bus::PulledMessage>& message);

}  // namespace millrace::epts
