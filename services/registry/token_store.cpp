// SPDX-License-Identifier: Apache-2.0
#include "registry/token_store.h"

#include <absl/strings/escaping.h>
#include <fmt/format.h>

#include "lib/error/error.h"
#include "registry/database.h"
#include "registry/token.h"

namespace millrace::registry {
namespace {

using postgres::bytea_param;
using postgres::to_param;

// Columns token_id, state, created_at, state_changed_at from `column` on.
v1::Token token_of(const postgres::Result& result, int row, int column = 0) {
  v1::Token token;
  token.set_token_id(result.int8(row, column));
  token.set_state(static_cast<v1::TokenState>(result.int2(row, column + 1)));
  *token.mutable_created_at() = to_timestamp(result.timestamp(row, column + 2));
  *token.mutable_state_changed_at() = to_timestamp(result.timestamp(row, column + 3));
  return token;
}

TokenMatch match_of(const postgres::Result& result, int row) {
  TokenMatch match;
  if (result.is_null(row, 0)) return match;
  match.application_name = std::string(result.text(row, 0));
  if (result.is_null(row, 1)) return match;
  match.token_id = result.int8(row, 1);
  match.endpoint_id = std::string(result.text(row, 2));
  match.state = static_cast<v1::TokenState>(result.int2(row, 3));
  match.upload_rules.set_max_uploads_per_second(result.float8(row, 4));
  match.upload_rules.set_max_upload_burst(result.int4(row, 5));
  match.upload_rules.set_relaxed_resource_paths(result.boolean(row, 6));
  return match;
}

absl::Status check_room(postgres::Connection& connection, std::int64_t endpoint_key,
                        const std::string& endpoint_id) {
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result usable,
      connection.execute(
          "SELECT count(*) FROM registry.token WHERE endpoint_key = $1 AND state <> 4",
          {to_param(endpoint_key)}));
  if (usable.int8(0, 0) < kMaxTokensPerEndpoint) return absl::OkStatus();
  return absl::FailedPreconditionError(fmt::format(
      "cannot create a token for endpoint \"{}\": it has {} that are not revoked, which "
      "is the limit; revoke one first",
      endpoint_id, usable.int8(0, 0)));
}

}  // namespace

absl::StatusOr<v1::Token> insert_token(postgres::Connection& connection, const EndpointKey& key,
                                       const std::string& sha256) {
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result created,
      connection.execute(
          "INSERT INTO registry.token (application_key, endpoint_key, sha256) VALUES ($1, $2, $3) "
          "ON CONFLICT (application_key, sha256) DO NOTHING "
          "RETURNING token_id, state, created_at, state_changed_at",
          {to_param(key.application_key), to_param(key.endpoint_key), bytea_param(sha256)}));
  if (created.rows() == 0) {
    return absl::AlreadyExistsError(
        "cannot create the token: the application has it already, be it revoked; choose another "
        "one");
  }
  return token_of(created, 0);
}

absl::StatusOr<std::map<std::int64_t, std::vector<v1::Token>>> tokens_of(
    postgres::Connection& connection, const std::vector<std::int64_t>& endpoint_keys) {
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection.execute("SELECT endpoint_key, token_id, state, created_at, state_changed_at FROM ("
                         "  SELECT *, row_number() OVER (PARTITION BY endpoint_key, state = 4 "
                         "                               ORDER BY token_id DESC) AS newness "
                         "  FROM registry.token WHERE endpoint_key = ANY ($1)) AS token "
                         "WHERE newness <= $2 ORDER BY endpoint_key, token_id",
                         {to_param(endpoint_keys), to_param(std::int64_t{kMaxTokensPerEndpoint})}));
  std::map<std::int64_t, std::vector<v1::Token>> tokens;
  for (int row = 0; row < found.rows(); ++row) {
    tokens[found.int8(row, 0)].push_back(token_of(found, row, 1));
  }
  return tokens;
}

absl::StatusOr<OwnedToken> TokenStore::create(const Scope& scope, const std::string& endpoint_id,
                                              const std::string& sha256) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(*connection));
  // Locked, so that two calls at once cannot both take the last place.
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result endpoint,
      connection->execute("SELECT e.application_key, e.endpoint_key, a.name "
                          "FROM registry.endpoint e JOIN registry.application a USING "
                          "(application_key) WHERE e.endpoint_id = $1 FOR NO KEY UPDATE OF e",
                          {to_param(endpoint_id)}));
  if (endpoint.rows() == 0 || !scope.has(std::string(endpoint.text(0, 2)))) {
    return absl::NotFoundError(fmt::format("cannot find endpoint \"{}\"", endpoint_id));
  }
  const EndpointKey key{endpoint.int4(0, 0), endpoint.int8(0, 1)};
  MILLRACE_RETURN_IF_ERROR(check_room(*connection, key.endpoint_key, endpoint_id));
  OwnedToken owned;
  MILLRACE_ASSIGN_OR_RETURN(owned.token, insert_token(*connection, key, sha256));
  owned.token.set_endpoint_id(endpoint_id);
  owned.application_name = std::string(endpoint.text(0, 2));
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return owned;
}

absl::StatusOr<OwnedToken> TokenStore::set_state(const Scope& scope, std::int64_t token_id,
                                                 v1::TokenState state) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(*connection));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result before,
      connection->execute("SELECT t.state, e.endpoint_id, a.name FROM registry.token t "
                          "JOIN registry.endpoint e USING (endpoint_key) "
                          "JOIN registry.application a ON a.application_key = t.application_key "
                          "WHERE t.token_id = $1 FOR UPDATE OF t",
                          {to_param(token_id)}));
  if (before.rows() == 0 || !scope.has(std::string(before.text(0, 2)))) {
    return absl::NotFoundError(fmt::format("cannot find token {}", token_id));
  }
  const auto from = static_cast<v1::TokenState>(before.int2(0, 0));
  if (!may_change(from, state)) {
    return absl::FailedPreconditionError(
        fmt::format("cannot make token {} {}: it is {}, which is for ever; create another one",
                    token_id, name_of(state), name_of(from)));
  }
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result after,
      connection->execute("UPDATE registry.token SET state = $2::int4, state_changed_at = "
                          "CASE WHEN state = $2::int4 THEN state_changed_at ELSE now() END "
                          "WHERE token_id = $1 "
                          "RETURNING token_id, state, created_at, state_changed_at",
                          {to_param(token_id), to_param(static_cast<std::int32_t>(state))}));
  OwnedToken owned{token_of(after, 0), std::string(before.text(0, 2))};
  owned.token.set_endpoint_id(std::string(before.text(0, 1)));
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return owned;
}

absl::StatusOr<std::int64_t> TokenStore::id_of(const std::string& application_name,
                                               const std::string& sha256) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection->execute(
          "SELECT t.token_id FROM registry.application a LEFT JOIN registry.token t "
          "ON t.application_key = a.application_key AND t.sha256 = $2 "
          "WHERE a.name = $1",
          {to_param(application_name), bytea_param(sha256)}));
  if (found.rows() == 0) {
    return absl::NotFoundError(fmt::format("cannot find application \"{}\"", application_name));
  }
  if (found.is_null(0, 0)) {
    return absl::NotFoundError(
        fmt::format("cannot find this token in application \"{}\"", application_name));
  }
  return found.int8(0, 0);
}

absl::StatusOr<std::vector<TokenMatch>> TokenStore::find(const std::vector<SoughtToken>& sought) {
  std::vector<std::string> versions;
  std::vector<std::string> hashes;
  for (const SoughtToken& token : sought) {
    versions.push_back(token.app_version_name);
    hashes.push_back(absl::BytesToHexString(token.sha256));
  }
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  // LATERAL with LIMIT: a few looks into indexes for each, whatever the planner thinks of the
  // tables' sizes.
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection->execute(
          "SELECT m.name, m.token_id, m.endpoint_id, m.state, m.max_uploads_per_second, "
          "m.max_upload_burst, m.relaxed_resource_paths "
          "FROM unnest($1, $2) WITH ORDINALITY AS sought (version, sha256, place) "
          "LEFT JOIN LATERAL ("
          "  SELECT a.name, t.token_id, e.endpoint_id, t.state, a.relaxed_resource_paths, "
          "    coalesce(e.max_uploads_per_second, a.max_uploads_per_second) "
          "      AS max_uploads_per_second, "
          "    CASE WHEN e.max_uploads_per_second IS NULL THEN a.max_upload_burst "
          "      ELSE e.max_upload_burst END AS max_upload_burst "
          "  FROM registry.app_version v "
          "  JOIN registry.application a USING (application_key) "
          "  LEFT JOIN registry.token t ON t.application_key = v.application_key "
          "    AND t.sha256 = decode(sought.sha256, 'hex') "
          "  LEFT JOIN registry.endpoint e ON e.endpoint_key = t.endpoint_key "
          "  WHERE v.name = sought.version LIMIT 1) AS m ON true "
          "ORDER BY sought.place",
          {to_param(versions), to_param(hashes)}));
  std::vector<TokenMatch> matches;
  for (int row = 0; row < found.rows(); ++row) matches.push_back(match_of(found, row));
  return matches;
}

absl::StatusOr<std::vector<std::int64_t>> TokenStore::mark_used(
    const std::vector<std::int64_t>& token_ids) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  // Locked in order: two replicas that are asked about the same tokens do not wait for each other
  // in a circle.
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result updated,
      connection->execute(
          "WITH unused AS (SELECT token_id FROM registry.token "
          "  WHERE token_id = ANY ($1) AND state = 1 ORDER BY token_id FOR NO KEY UPDATE) "
          "UPDATE registry.token t SET state = 2, state_changed_at = now() "
          "FROM unused WHERE t.token_id = unused.token_id RETURNING t.token_id",
          {to_param(token_ids)}));
  std::vector<std::int64_t> marked;
  for (int row = 0; row < updated.rows(); ++row) marked.push_back(updated.int8(row, 0));
  return marked;
}

}  // namespace millrace::registry
