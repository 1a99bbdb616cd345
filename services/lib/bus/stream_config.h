// SPDX-License-Identifier: Apache-2.0
//
// The configuration of DATA_SAMPLES as JetStream's JSON: pure.
#pragma once

#include <optional>
#include <string>

#include <absl/status/statusor.h>
#include <rapidjson/document.h>

#include "lib/bus/streams.h"

namespace millrace::bus {

// The body of STREAM.CREATE.DATA_SAMPLES.
std::string stream_create_request(const StreamOptions& options);

// The body of STREAM.UPDATE.DATA_SAMPLES, made of the configuration that the server has, so that
// what an operator set besides stays; nothing when it is in line. kFailedPrecondition: retention,
// discard policy or subjects differ, which no update mends.
absl::StatusOr<std::optional<std::string>> stream_update_request(
    const rapidjson::Value& current_config, const StreamOptions& options);

}  // namespace millrace::bus
