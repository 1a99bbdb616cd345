// SPDX-License-Identifier: Apache-2.0
#include "registry/client_credentials_store.h"

#include <absl/strings/numbers.h>
#include <fmt/format.h>

#include "lib/error/error.h"
#include "registry/database.h"
#include "registry/token.h"

namespace millrace::registry {
namespace {

using postgres::bytea_param;
using postgres::to_param;

// For credentials_of().
constexpr char kColumns[] =
    "credentials_id, user_name, issuer, serial_number, state, created_at, state_changed_at, "
    "last_used_at";

v1::ClientCredentials credentials_of(const postgres::Result& result, int row) {
  v1::ClientCredentials credentials;
  credentials.set_credentials_id(result.int8(row, 0));
  if (result.is_null(row, 1)) {
    credentials.mutable_certificate()->set_issuer(std::string(result.text(row, 2)));
    credentials.mutable_certificate()->set_serial_number(std::string(result.text(row, 3)));
  } else {
    credentials.set_user_name(std::string(result.text(row, 1)));
  }
  credentials.set_state(static_cast<v1::TokenState>(result.int2(row, 4)));
  *credentials.mutable_created_at() = to_timestamp(result.timestamp(row, 5));
  *credentials.mutable_state_changed_at() = to_timestamp(result.timestamp(row, 6));
  if (!result.is_null(row, 7)) {
    *credentials.mutable_last_used_at() = to_timestamp(result.timestamp(row, 7));
  }
  return credentials;
}

// Counts within the caller's transaction, and locks out other changes until its end.
absl::Status count_new(postgres::Connection& connection) {
  MILLRACE_ASSIGN_OR_RETURN(const postgres::Result counted,
                            connection.execute("UPDATE registry.client_authentication "
                                               "SET usable_credentials = usable_credentials + 1 "
                                               "RETURNING usable_credentials"));
  if (counted.int8(0, 0) <= kMaxClientCredentials) return absl::OkStatus();
  return absl::FailedPreconditionError(
      fmt::format("cannot create client credentials: {} are not revoked, which is the limit; "
                  "revoke some first",
                  kMaxClientCredentials));
}

// `values`: of columns, with parameters $1 and on, of which `params` are.
struct NewRow {
  std::string columns;
  std::string values;
  std::vector<postgres::Param> params;
  std::string what;  // for people
};

absl::StatusOr<v1::ClientCredentials> insert(postgres::Pool& pool, const NewRow& row) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(*connection));
  MILLRACE_RETURN_IF_ERROR(count_new(*connection));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result created,
      connection->execute(fmt::format("INSERT INTO registry.client_credentials ({}) VALUES ({}) "
                                      "ON CONFLICT DO NOTHING RETURNING {}",
                                      row.columns, row.values, kColumns),
                          row.params));
  if (created.rows() == 0) {
    return absl::AlreadyExistsError(fmt::format(
        "cannot create client credentials: there are some for {}; revoke them first", row.what));
  }
  v1::ClientCredentials credentials = credentials_of(created, 0);
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return credentials;
}

// Columns credentials_id, state, whether use is due.
constexpr char kMatch[] =
    "credentials_id, state, coalesce(last_used_at < now() - interval '15 minutes', true)";

CredentialsMatch match_of(const postgres::Result& result) {
  CredentialsMatch match;
  match.credentials_id = result.int8(0, 0);
  match.state = static_cast<v1::TokenState>(result.int2(0, 1));
  match.use_is_due = result.boolean(0, 2);
  return match;
}

// What a change of state does to the row of client_authentication: it is locked, revocations and
// suspensions get a revision, and those that are revoked are counted no longer.
absl::StatusOr<std::int64_t> take_revision(postgres::Connection& connection, v1::TokenState from,
                                           v1::TokenState to) {
  const bool is_bad = to == v1::TOKEN_STATE_SUSPENDED || to == v1::TOKEN_STATE_REVOKED;
  const bool is_less = to == v1::TOKEN_STATE_REVOKED && from != v1::TOKEN_STATE_REVOKED;
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result taken,
      connection.execute(
          "UPDATE registry.client_authentication SET revision = revision + $1, "
          "usable_credentials = usable_credentials - $2 RETURNING revision",
          {to_param(std::int64_t{is_bad ? 1 : 0}), to_param(std::int64_t{is_less ? 1 : 0})}));
  return is_bad ? taken.int8(0, 0) : 0;
}

}  // namespace

absl::StatusOr<v1::ClientCredentials> ClientCredentialsStore::create(
    const std::string& user_name, const StoredPassword& password) {
  return insert(pool_, {"user_name, salt, rounds, verifier",
                        "$1, $2, $3, $4",
                        {to_param(user_name), bytea_param(password.salt),
                         to_param(std::int32_t{password.rounds}), bytea_param(password.verifier)},
                        fmt::format("user name \"{}\"", user_name)});
}

absl::StatusOr<v1::ClientCredentials> ClientCredentialsStore::create(
    const identity::v1::ClientCertificate& certificate) {
  return insert(pool_, {"issuer, serial_number",
                        "$1, $2",
                        {to_param(certificate.issuer()), to_param(certificate.serial_number())},
                        fmt::format("certificate {} of \"{}\"", certificate.serial_number(),
                                    certificate.issuer())});
}

absl::StatusOr<std::vector<v1::ClientCredentials>> ClientCredentialsStore::list(
    const ClientCredentialsFilter& filter, const Page& page) {
  std::int64_t after = 0;
  if (!page.after.empty() && !absl::SimpleAtoi(page.after, &after)) {
    return absl::InvalidArgumentError("cannot use field page_token: it is not of this list");
  }
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection->execute(
          fmt::format("SELECT {} FROM registry.client_credentials WHERE credentials_id > $1 "
                      "AND ($3 = '' OR position(lower($3) IN "
                      "  lower(concat_ws(chr(10), user_name, issuer, serial_number))) > 0) "
                      "AND ($4::int4 = 0 OR state = $4::int4) ORDER BY credentials_id LIMIT $2",
                      kColumns),
          {to_param(after), to_param(std::int64_t{page.limit}), to_param(filter.search),
           to_param(static_cast<std::int32_t>(filter.state))}));
  std::vector<v1::ClientCredentials> all;
  for (int row = 0; row < found.rows(); ++row) all.push_back(credentials_of(found, row));
  return all;
}

absl::StatusOr<v1::ClientCredentials> ClientCredentialsStore::set_state(std::int64_t credentials_id,
                                                                        v1::TokenState state) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(*connection));
  // This row before that of client_authentication, as mark_used() does not lock the latter.
  MILLRACE_ASSIGN_OR_RETURN(const postgres::Result before,
                            connection->execute("SELECT state FROM registry.client_credentials "
                                                "WHERE credentials_id = $1 FOR UPDATE",
                                                {to_param(credentials_id)}));
  if (before.rows() == 0) {
    return absl::NotFoundError(fmt::format("cannot find client credentials {}", credentials_id));
  }
  const auto from = static_cast<v1::TokenState>(before.int2(0, 0));
  if (!may_change(from, state)) {
    return absl::FailedPreconditionError(
        fmt::format("cannot make client credentials {} {}: they are {}, which is for ever; create "
                    "others",
                    credentials_id, name_of(state), name_of(from)));
  }
  MILLRACE_ASSIGN_OR_RETURN(const std::int64_t revision, take_revision(*connection, from, state));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result after,
      connection->execute(
          fmt::format("UPDATE registry.client_credentials SET state = $2::int4, "
                      "state_changed_at = CASE WHEN state = $2::int4 THEN state_changed_at "
                      "ELSE now() END, revision = greatest(revision, $3) "
                      "WHERE credentials_id = $1 RETURNING {}",
                      kColumns),
          {to_param(credentials_id), to_param(static_cast<std::int32_t>(state)),
           to_param(revision)}));
  v1::ClientCredentials credentials = credentials_of(after, 0);
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return credentials;
}

absl::StatusOr<std::optional<CredentialsMatch>> ClientCredentialsStore::find(
    const std::string& user_name) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection->execute(fmt::format("SELECT {}, salt, rounds, verifier "
                                      "FROM registry.client_credentials WHERE user_name = $1 "
                                      "ORDER BY state = 4, credentials_id DESC LIMIT 1",
                                      kMatch),
                          {to_param(user_name)}));
  std::optional<CredentialsMatch> match;
  if (found.rows() == 0) return match;
  match = match_of(found);
  match->password = {std::string(found.bytea(0, 3)), found.int4(0, 4),
                     std::string(found.bytea(0, 5))};
  return match;
}

absl::StatusOr<std::optional<CredentialsMatch>> ClientCredentialsStore::find(
    const identity::v1::ClientCertificate& certificate) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection->execute(fmt::format("SELECT {} FROM registry.client_credentials "
                                      "WHERE issuer = $1 AND serial_number = $2 "
                                      "ORDER BY state = 4, credentials_id DESC LIMIT 1",
                                      kMatch),
                          {to_param(certificate.issuer()), to_param(certificate.serial_number())}));
  std::optional<CredentialsMatch> match;
  if (found.rows() == 1) match = match_of(found);
  return match;
}

absl::StatusOr<bool> ClientCredentialsStore::mark_used(std::int64_t credentials_id) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(const postgres::Result first,
                            connection->execute("UPDATE registry.client_credentials SET state = 2, "
                                                "state_changed_at = now(), last_used_at = now() "
                                                "WHERE credentials_id = $1 AND state = 1",
                                                {to_param(credentials_id)}));
  if (first.affected_rows() == 1) return true;
  MILLRACE_RETURN_IF_ERROR(
      connection
          ->execute("UPDATE registry.client_credentials SET last_used_at = now() "
                    "WHERE credentials_id = $1 AND state = 2",
                    {to_param(credentials_id)})
          .status());
  return false;
}

}  // namespace millrace::registry
