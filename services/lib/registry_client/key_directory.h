// SPDX-License-Identifier: Apache-2.0
//
// Checks API keys with the registry over NATS, for services other than the registry. Valid keys are
// cached for 60 s (used on while the registry is away, up to five minutes) and dropped on
// revocation; at most 10,000.
#pragma once

#include <memory>

#include "lib/bus/connection.h"
#include "lib/rpc/server.h"

namespace millrace::registry_client {

absl::StatusOr<std::unique_ptr<rpc::KeyVerifier>> make_key_directory(bus::Connection& connection,
                                                                     process::Platform& platform);

}  // namespace millrace::registry_client
