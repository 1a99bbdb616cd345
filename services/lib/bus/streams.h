// SPDX-License-Identifier: Apache-2.0
//
// The JetStream stream and consumer the suite needs: made when missing, compared when there.
#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>

#include <absl/status/status.h>

#include "lib/bus/connection.h"

namespace millrace::bus {

inline constexpr char kDataSamplesStream[] = "DATA_SAMPLES";
inline constexpr char kEptsConsumer[] = "epts";

struct StreamOptions {
  std::int64_t max_bytes = std::int64_t{8}
                           << 30;  // full: publishes are refused (discard new), never dropped
  std::int64_t replicas = 1;
  // Within it a repeated message id is stored once; longer than any publisher keeps trying.
  std::chrono::milliseconds duplicate_window = std::chrono::minutes{2};
};

// Makes DATA_SAMPLES (file storage, work-queue retention, discard new) or brings max_bytes and the
// duplicate window of the one that exists in line, waiting while JetStream is away.
// kFailedPrecondition: a stream of this name exists with another retention or subjects. kCancelled:
// `stop`.
absl::Status ensure_data_samples_stream(Connection& connection, const StreamOptions& options,
                                        process::Platform& platform, std::stop_token stop);

}  // namespace millrace::bus
