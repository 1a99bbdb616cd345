// SPDX-License-Identifier: Apache-2.0
//
// The configuration of the durable consumer `epts` as JetStream's JSON: pure.
#pragma once

#include <optional>
#include <string>

#include <absl/status/statusor.h>
#include <rapidjson/document.h>

#include "lib/bus/consumer.h"

namespace millrace::bus {

// The body of CONSUMER.DURABLE.CREATE.DATA_SAMPLES.epts.
std::string consumer_create_request(const ConsumerOptions& options);

// The same call's body that brings an existing consumer in line, keeping what else it has; nothing
// when it is. kFailedPrecondition: it is a push consumer or does not ask for explicit acks.
absl::StatusOr<std::optional<std::string>> consumer_update_request(
    const rapidjson::Value& current_config, const ConsumerOptions& options);

}  // namespace millrace::bus
