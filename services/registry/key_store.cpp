// SPDX-License-Identifier: Apache-2.0
#include "registry/key_store.h"

#include <fmt/format.h>

#include "lib/error/error.h"
#include "registry/application_store.h"
#include "registry/database.h"

namespace millrace::registry {
namespace {

using postgres::bytea_param;
using postgres::to_param;

// Keeps two calls from both counting before either changes; readers go on.
constexpr char kLock[] = "LOCK TABLE registry.api_key IN SHARE ROW EXCLUSIVE MODE";

// Of a table or alias `api_key`, for key_of().
constexpr char kColumns[] =
    "api_key.key_id, api_key.name, api_key.created_at, api_key.revoked_at, api_key.role, "
    "ARRAY(SELECT a.name FROM registry.api_key_application b "
    "JOIN registry.application a USING (application_key) "
    "WHERE b.key_id = api_key.key_id ORDER BY a.name)";

v1::ApiKey key_of(const postgres::Result& result, int row) {
  v1::ApiKey key;
  key.set_key_id(result.int8(row, 0));
  key.set_name(std::string(result.text(row, 1)));
  *key.mutable_created_at() = to_timestamp(result.timestamp(row, 2));
  if (!result.is_null(row, 3)) *key.mutable_revoked_at() = to_timestamp(result.timestamp(row, 3));
  key.set_role(to_message(role_of(result.int2(row, 4))));
  const std::vector<std::string> names = result.text_array(row, 5);
  key.mutable_application_names()->Assign(names.begin(), names.end());
  return key;
}

constexpr char kAdmins[] = "role = 3";

// `which`: a condition.
absl::StatusOr<std::int64_t> valid_keys(postgres::Connection& connection,
                                        const char* which = "true") {
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result valid,
      connection.execute(fmt::format(
          "SELECT count(*) FROM registry.api_key WHERE revoked_at IS NULL AND {}", which)));
  return valid.int8(0, 0);
}

absl::StatusOr<std::optional<v1::ApiKey>> key_by_id(postgres::Connection& connection,
                                                    std::int64_t key_id) {
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection.execute(fmt::format("SELECT {} FROM registry.api_key WHERE key_id = $1", kColumns),
                         {to_param(key_id)}));
  std::optional<v1::ApiKey> key;
  if (found.rows() == 1) key = key_of(found, 0);
  return key;
}

absl::Status unknown_key(std::int64_t key_id) {
  return absl::NotFoundError(fmt::format("cannot find API key {}", key_id));
}

// The number of the new row; kAlreadyExists: a valid key has the name.
absl::StatusOr<std::int64_t> insert_key(postgres::Connection& connection, const std::string& name,
                                        const std::string& sha256, rpc::Role role) {
  // A key with limits is not where older programs look, which know none.
  const char* const column = role == rpc::Role::kAdmin ? "sha256" : "limited_sha256";
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result created,
      connection.execute(
          fmt::format("INSERT INTO registry.api_key (name, {}, role) VALUES ($1, $2, $3::int4) "
                      "ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING RETURNING key_id",
                      column),
          {to_param(name), bytea_param(sha256),
           to_param(static_cast<std::int32_t>(to_message(role)))}));
  if (created.rows() == 0) {
    return absl::AlreadyExistsError(
        fmt::format("cannot create API key \"{}\": a valid key has this name", name));
  }
  return created.int8(0, 0);
}

absl::Status bind_key(postgres::Connection& connection, std::int64_t key_id,
                      const std::vector<std::string>& application_names) {
  if (application_names.empty()) return absl::OkStatus();
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result unknown,
      connection.execute("SELECT wanted FROM unnest($1::text[]) AS wanted "
                         "LEFT JOIN registry.application a ON a.name = wanted "
                         "WHERE a.name IS NULL LIMIT 1",
                         {to_param(application_names)}));
  if (unknown.rows() > 0) return unknown_application(std::string(unknown.text(0, 0)));
  return connection
      .execute(
          "INSERT INTO registry.api_key_application (key_id, application_key) "
          "SELECT $1, application_key FROM registry.application WHERE name = ANY ($2)",
          {to_param(key_id), to_param(application_names)})
      .status();
}

}  // namespace

absl::StatusOr<v1::ApiKey> KeyStore::create(const std::string& name, const std::string& sha256,
                                            const KeyLimits& limits) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(*connection));
  MILLRACE_RETURN_IF_ERROR(connection->execute_script(kLock));
  MILLRACE_ASSIGN_OR_RETURN(const std::int64_t valid, valid_keys(*connection));
  if (valid >= kMaxKeys) {
    return absl::FailedPreconditionError(fmt::format(
        "cannot create API key \"{}\": {} are valid, which is the limit; revoke one first", name,
        valid));
  }
  MILLRACE_ASSIGN_OR_RETURN(const std::int64_t key_id,
                            insert_key(*connection, name, sha256, limits.role));
  MILLRACE_RETURN_IF_ERROR(bind_key(*connection, key_id, limits.application_names));
  MILLRACE_ASSIGN_OR_RETURN(const auto key, key_by_id(*connection, key_id));
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return *key;
}

absl::StatusOr<std::vector<v1::ApiKey>> KeyStore::list() {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection->execute(
          fmt::format(
              "SELECT {} FROM ("
              "  SELECT *, row_number() OVER (PARTITION BY revoked_at IS NULL ORDER BY key_id DESC)"
              "    AS newness FROM registry.api_key) AS api_key "
              "WHERE newness <= $1 ORDER BY key_id",
              kColumns),
          {to_param(std::int64_t{kMaxKeys})}));
  std::vector<v1::ApiKey> keys;
  for (int row = 0; row < found.rows(); ++row) keys.push_back(key_of(found, row));
  return keys;
}

absl::StatusOr<v1::ApiKey> KeyStore::get(std::int64_t key_id) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(auto key, key_by_id(*connection, key_id));
  if (!key) return unknown_key(key_id);
  return *std::move(key);
}

absl::StatusOr<v1::ApiKey> KeyStore::revoke(std::int64_t key_id) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(*connection));
  MILLRACE_RETURN_IF_ERROR(connection->execute_script(kLock));
  MILLRACE_ASSIGN_OR_RETURN(const auto before, key_by_id(*connection, key_id));
  if (!before) return unknown_key(key_id);
  if (before->has_revoked_at()) return *before;
  MILLRACE_ASSIGN_OR_RETURN(const std::int64_t admins, valid_keys(*connection, kAdmins));
  if (before->role() == identity::v1::API_KEY_ROLE_ADMIN && admins == 1) {
    return absl::FailedPreconditionError(
        fmt::format("cannot revoke API key {}: it is the last valid one with the role admin, "
                    "nobody could administrate any more; create another one first",
                    key_id));
  }
  MILLRACE_RETURN_IF_ERROR(
      connection
          ->execute("UPDATE registry.api_key SET revoked_at = now() WHERE key_id = $1",
                    {to_param(key_id)})
          .status());
  MILLRACE_ASSIGN_OR_RETURN(const auto after, key_by_id(*connection, key_id));
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return *after;
}

absl::StatusOr<std::optional<rpc::Caller>> KeyStore::find(const std::string& sha256) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection->execute(fmt::format("SELECT {} FROM registry.api_key "
                                      "WHERE (sha256 = $1 OR limited_sha256 = $1) "
                                      "AND revoked_at IS NULL",
                                      kColumns),
                          {bytea_param(sha256)}));
  std::optional<rpc::Caller> caller;
  if (found.rows() == 1) {
    caller = rpc::Caller{found.int8(0, 0), std::string(found.text(0, 1)), role_of(found.int2(0, 4)),
                         found.text_array(0, 5)};
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
