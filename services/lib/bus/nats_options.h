// SPDX-License-Identifier: Apache-2.0
//
// How the suite connects: for ever, soon again after a loss, and with a limit to how long a server
// that hangs can go unnoticed. One of the three headers (nats_*.h) that know <nats/nats.h>; only
// .cpp files of lib/bus include them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>
#include <nats/nats.h>

#include "lib/bus/connection.h"

namespace millrace::bus {

struct NatsOptionsDeleter {
  void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
};
using NatsOptions = std::unique_ptr<natsOptions, NatsOptionsDeleter>;

// What nats.c calls, with `closure`, on its one thread for callbacks.
struct NatsCallbacks {
  natsConnectionHandler disconnected;
  natsConnectionHandler reconnected;
  natsConnectionHandler closed;
  natsErrHandler failed;
  void* closure;
};

// "nats://a:4222, nats://b:4222" in parts.
std::vector<std::string> split_urls(const std::string& urls);

// kInvalidArgument: no address.
absl::StatusOr<NatsOptions> make_nats_options(const ConnectionOptions& options,
                                              const NatsCallbacks& callbacks);

}  // namespace millrace::bus
