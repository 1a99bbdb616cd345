// SPDX-License-Identifier: Apache-2.0
//
// SQL for the rules of what MQTT clients have to show, and for what receivers must hear of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/pool.h"

#include "millrace/registry/v1/registry.pb.h"

namespace millrace::registry {

// Safe to use from any thread.
class ClientAuthenticationStore {
 public:
  explicit ClientAuthenticationStore(postgres::Pool& pool) : pool_(pool) {}

  absl::StatusOr<v1::ClientAuthentication> get();
  // `author`: name of the API key. Rules that are what they were make no version.
  // kFailedPrecondition: another version is stored.
  absl::StatusOr<v1::ClientAuthentication> update(
      const v1::UpdateClientAuthenticationRequest& request, const std::string& author);

  // The rules, and which credentials were suspended or revoked since `known_revision` (0: nobody
  // asks).
  struct News {
    identity::v1::ClientAuthentication rules;
    std::int64_t revision = 0;
    std::vector<std::int64_t> revoked_ids;
    bool more_revoked = false;
  };
  absl::StatusOr<News> since(std::int64_t known_revision);

 private:
  postgres::Pool& pool_;
};

}  // namespace millrace::registry
