// SPDX-License-Identifier: Apache-2.0
//
// What the registry tells the other services after a commit. Core NATS: an event may be lost with
// the connection; caches expire, so its effect comes late then, not never.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <absl/status/status.h>

#include "lib/bus/connection.h"
#include "registry/token_store.h"

namespace millrace::registry {

// Safe to use from any thread. A failure is logged and counted, and returned for callers whose own
// caller can repeat the change.
class Events {
 public:
  using Publish = std::function<absl::Status(const std::string& subject, const std::string& bytes)>;

  Events(Publish publish, process::Platform& platform)
      : publish_(std::move(publish)), platform_(platform) {}

  // `revoked` for suspended and revoked tokens, `activated` for new and active ones.
  absl::Status token_changed(const OwnedToken& owned);
  absl::Status keys_revoked(const std::vector<std::int64_t>& key_ids);
  absl::Status configuration_changed(const std::string& application_name);
  // As token_changed().
  absl::Status credentials_changed(const v1::ClientCredentials& credentials);
  absl::Status authentication_changed(std::int64_t version);
  // Its upload rules, which receivers keep with its tokens; of these alone where there are any.
  absl::Status application_updated(const std::string& application_name,
                                   const std::vector<std::int64_t>& token_ids = {});

 private:
  absl::Status send(const char* event, const std::string& subject, const std::string& bytes);

  const Publish publish_;
  process::Platform& platform_;
};

}  // namespace millrace::registry
