// SPDX-License-Identifier: Apache-2.0
//
// The first API key of a new server, and its replacement for operators who lost all keys.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/log/log.h"
#include "registry/key_store.h"

namespace millrace::registry {

struct AdminKeyOptions {
  std::string file;
  bool reset = false;
};

// Makes the key "admin" when there is no key at all or `reset` is set, writes it into the file, and
// logs that (never the key). Returns the ids of the keys that a reset revoked.
absl::StatusOr<std::vector<std::int64_t>> ensure_admin_key(KeyStore& keys,
                                                           const AdminKeyOptions& options,
                                                           log::Logger& log);

}  // namespace millrace::registry
