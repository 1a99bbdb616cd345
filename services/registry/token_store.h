// SPDX-License-Identifier: Apache-2.0
//
// SQL for endpoint tokens. Only their SHA-256 is stored.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/pool.h"
#include "registry/scope.h"

#include "millrace/identity/v1/application.pb.h"
#include "millrace/registry/v1/registry.pb.h"

namespace millrace::registry {

// At most so many tokens of an endpoint that are not revoked; of the revoked ones as many are
// shown, the newest.
inline constexpr int kMaxTokensPerEndpoint = 20;

// A token with the application it belongs to, which its messages lack.
struct OwnedToken {
  v1::Token token;
  std::string application_name;
};

// What a device says it is.
struct SoughtToken {
  std::string app_version_name;
  std::string sha256;  // of its token
};

// What a device's application version and token stand for.
struct TokenMatch {
  // Empty: no such application version.
  std::string application_name;
  // 0: no such token in the application.
  std::int64_t token_id = 0;
  std::string endpoint_id;
  v1::TokenState state = v1::TOKEN_STATE_UNSPECIFIED;
  // Of the application, the quota of the endpoint where it has its own.
  identity::v1::UploadRules upload_rules;
};

// The keys of an endpoint's row.
struct EndpointKey {
  std::int32_t application_key = 0;
  std::int64_t endpoint_key = 0;
};

// Adds a token within the caller's transaction. kAlreadyExists: the application has it already.
absl::StatusOr<v1::Token> insert_token(postgres::Connection& connection, const EndpointKey& key,
                                       const std::string& sha256);

// Tokens of endpoints, by endpoint_key, in order of token id; without endpoint_id.
absl::StatusOr<std::map<std::int64_t, std::vector<v1::Token>>> tokens_of(
    postgres::Connection& connection, const std::vector<std::int64_t>& endpoint_keys);

// Safe to use from any thread.
class TokenStore {
 public:
  explicit TokenStore(postgres::Pool& pool) : pool_(pool) {}

  absl::StatusOr<OwnedToken> create(const Scope& scope, const std::string& endpoint_id,
                                    const std::string& sha256);

  // kFailedPrecondition: the state does not allow it (token.h).
  absl::StatusOr<OwnedToken> set_state(const Scope& scope, std::int64_t token_id,
                                       v1::TokenState state);
  // The token id; kNotFound when application or token are unknown.
  absl::StatusOr<std::int64_t> id_of(const std::string& application_name,
                                     const std::string& sha256);

  // Tokens are looked up in the application that owns the version, whichever version of it the
  // endpoint was registered with. One match for each that is sought, in the same order, of one
  // statement.
  absl::StatusOr<std::vector<TokenMatch>> find(const std::vector<SoughtToken>& sought);
  // Those of `token_ids` that are inactive become active. Their ids: of several replicas at once
  // exactly one gets each.
  absl::StatusOr<std::vector<std::int64_t>> mark_used(const std::vector<std::int64_t>& token_ids);

 private:
  postgres::Pool& pool_;
};

}  // namespace millrace::registry
