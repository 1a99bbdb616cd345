// SPDX-License-Identifier: Apache-2.0
#include "registry/key_store.h"

#include <fmt/format.h>

#include "lib/error/error.h"
#include "registry/database.h"

namespace millrace::registry {
namespace {

using postgres::bytea_param;
using postgres::to_param;

// Keeps two calls from both counting before either changes; readers go on.
constexpr char kLock[] = "LOCK TABLE registry.api_key IN SHARE ROW EXCLUSIVE MODE";

v1::ApiKey key_of(const postgres::Result& result, int row) {
  v1::ApiKey key;
  key.set_key_id(result.int8(row, 0));
  key.set_name(std::string(result.text(row, 1)));
  *key.mutable_created_at() = to_timestamp(result.timestamp(row, 2));
  if (!result.is_null(row, 3)) *key.mutable_revoked_at() = to_timestamp(result.timestamp(row, 3));
  return key;
}

absl::StatusOr<std::int64_t> valid_keys(postgres::Connection& connection) {
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result valid,
      connection.execute("SELECT count(*) FROM registry.api_key WHERE revoked_at IS NULL"));
  return valid.int8(0, 0);
}

}  // namespace

absl::StatusOr<v1::ApiKey> KeyStore::create(const std::string& name, const std::string& sha256) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(*connection));
  MILLRACE_RETURN_IF_ERROR(connection->execute_script(kLock));
  MILLRACE_ASSIGN_OR_RETURN(const std::int64_t valid, valid_keys(*connection));
  if (valid >= kMaxKeys) {
    return absl::FailedPreconditionError(fmt::format(
        "cannot create API key \"{}\": {} are valid, which is the limit; revoke one first", name,
        valid));
  }
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result created,
      connection->execute("INSERT INTO registry.api_key (name, sha256) VALUES ($1, $2) "
                          "ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING "
                          "RETURNING key_id, name, created_at, revoked_at",
                          {to_param(name), bytea_param(sha256)}));
  if (created.rows() == 0) {
    return absl::AlreadyExistsError(
        fmt::format("cannot create API key \"{}\": a valid key has this name", name));
  }
  v1::ApiKey key = key_of(created, 0);
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return key;
}

absl::StatusOr<std::vector<v1::ApiKey>> KeyStore::list() {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection->execute(
          "SELECT key_id, name, created_at, revoked_at FROM ("
          "  SELECT *, row_number() OVER (PARTITION BY revoked_at IS NULL ORDER BY key_id DESC) "
          "    AS newness FROM registry.api_key) AS key "
          "WHERE newness <= $1 ORDER BY key_id",
          {to_param(std::int64_t{kMaxKeys})}));
  std::vector<v1::ApiKey> keys;
  for (int row = 0; row < found.rows(); ++row) keys.push_back(key_of(found, row));
  return keys;
}

absl::StatusOr<v1::ApiKey> KeyStore::revoke(std::int64_t key_id) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(*connection));
  MILLRACE_RETURN_IF_ERROR(connection->execute_script(kLock));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result before,
      connection->execute(
          "SELECT key_id, name, created_at, revoked_at FROM registry.api_key WHERE key_id = $1",
          {to_param(key_id)}));
  if (before.rows() == 0) {
    return absl::NotFoundError(fmt::format("cannot find API key {}", key_id));
  }
  if (!before.is_null(0, 3)) return key_of(before, 0);
  MILLRACE_ASSIGN_OR_RETURN(const std::int64_t valid, valid_keys(*connection));
  if (valid == 1) {
    return absl::FailedPreconditionError(
        fmt::format("cannot revoke API key {}: it is the last valid one, nobody could administrate "
                    "any more; create another one first",
                    key_id));
  }
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result after,
      connection->execute("UPDATE registry.api_key SET revoked_at = now() WHERE key_id = $1 "
                          "RETURNING key_id, name, created_at, revoked_at",
                          {to_param(key_id)}));
  v1::ApiKey key = key_of(after, 0);
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return key;
}

absl::StatusOr<std::optional<rpc::Caller>> KeyStore::find(const std::string& sha256) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(const postgres::Result found,
                            connection->execute("SELECT key_id, name FROM registry.api_key "
                                                "WHERE sha256 = $1 AND revoked_at IS NULL",
                                                {bytea_param(sha256)}));
  std::optional<rpc::Caller> caller;
  if (found.rows() == 1) {
    caller = rpc::Caller{found.int8(0, 0), std::string(found.text(0, 1)), rpc::Role::kAdmin, {}};
  }
  return caller;
}

absl::StatusOr<KeyStore::AdminKeyResult> KeyStore::ensure_admin_key(const AdminKey& key) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(*connection));
  MILLRACE_RETURN_IF_ERROR(connection->execute_script(kLock));
  AdminKeyResult result;
  MILLRACE_ASSIGN_OR_RETURN(const postgres::Result any,
                            connection->execute("SELECT 1 FROM registry.api_key LIMIT 1"));
  if (any.rows() > 0 && !key.reset) return result;
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result revoked,
      connection->execute("UPDATE registry.api_key SET revoked_at = now() "
                          "WHERE name = $1 AND revoked_at IS NULL RETURNING key_id",
                          {to_param(kAdminKeyName)}));
  for (int row = 0; row < revoked.rows(); ++row) result.revoked_ids.push_back(revoked.int8(row, 0));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result created,
      connection->execute("INSERT INTO registry.api_key (name, sha256) VALUES ($1, $2)",
                          {to_param(kAdminKeyName), bytea_param(key.sha256)}));
  result.created = created.affected_rows() == 1;
  // Before the commit: a key in the file that is not in the table is replaced at the next start, a
  // key in the table that nobody has would lock everybody out.
  MILLRACE_RETURN_IF_ERROR(key.hand_over());
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return result;
}

}  // namespace millrace::registry
