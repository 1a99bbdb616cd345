// SPDX-License-Identifier: Apache-2.0
//
// SQL for the credentials of MQTT clients. Of passwords only what password.h makes of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/pool.h"
#include "registry/application_store.h"
#include "registry/password.h"

#include "millrace/registry/v1/registry.pb.h"

namespace millrace::registry {

// That are not revoked.
inline constexpr std::int64_t kMaxClientCredentials = 200'000;

struct ClientCredentialsFilter {
  std::string search = {};                             // empty: all
  v1::TokenState state = v1::TOKEN_STATE_UNSPECIFIED;  // unspecified: all
};

// What there is about credentials that a client shows.
struct CredentialsMatch {
  std::int64_t credentials_id = 0;
  v1::TokenState state = v1::TOKEN_STATE_UNSPECIFIED;
  // mark_used() has something to do.
  bool use_is_due = false;
  StoredPassword password;  // of a user name
};

// Safe to use from any thread.
class ClientCredentialsStore {
 public:
  explicit ClientCredentialsStore(postgres::Pool& pool) : pool_(pool) {}

  // kAlreadyExists: the same are there and not revoked.
  absl::StatusOr<v1::ClientCredentials> create(const std::string& user_name,
                                               const StoredPassword& password);
  absl::StatusOr<v1::ClientCredentials> create(const identity::v1::ClientCertificate& certificate);
  // In order of id. kInvalidArgument: the page begins at something that is no id.
  absl::StatusOr<std::vector<v1::ClientCredentials>> list(const ClientCredentialsFilter& filter,
                                                          const Page& page);
  // kNotFound, kFailedPrecondition: the state does not allow it (token.h).
  absl::StatusOr<v1::ClientCredentials> set_state(std::int64_t credentials_id,
                                                  v1::TokenState state);

  // Those that are not revoked, else the revoked ones that were made last. Nothing: there are none.
  absl::StatusOr<std::optional<CredentialsMatch>> find(const std::string& user_name);
  absl::StatusOr<std::optional<CredentialsMatch>> find(
      const identity::v1::ClientCertificate& certificate);
  // Inactive become active, and the time is noted. Of several replicas at once exactly one gets
  // true, at the first use.
  absl::StatusOr<bool> mark_used(std::int64_t credentials_id);

 private:
  postgres::Pool& pool_;
};

}  // namespace millrace::registry
