// SPDX-License-Identifier: Apache-2.0
#include "registry/client_authentication_store.h"

#include <algorithm>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "registry/database.h"

namespace millrace::registry {
namespace {

using identity::v1::ClientTransport;
using postgres::to_param;

constexpr ClientTransport kTransports[] = {
    identity::v1::CLIENT_TRANSPORT_TCP, identity::v1::CLIENT_TRANSPORT_TLS,
    identity::v1::CLIENT_TRANSPORT_WEBSOCKET, identity::v1::CLIENT_TRANSPORT_SECURE_WEBSOCKET};

// Of an answer about revocations; as many fit a message many times over.
constexpr std::size_t kMaxRevokedShown = 1000;

// For rules_of().
constexpr char kRules[] = "password_required, certificate_required, version";

bool has(const std::vector<std::int32_t>& transports, ClientTransport transport) {
  return std::find(transports.begin(), transports.end(), static_cast<std::int32_t>(transport)) !=
         transports.end();
}

identity::v1::ClientAuthentication rules_of(const postgres::Result& result) {
  const std::vector<std::int32_t> password = result.int4_array(0, 0);
  const std::vector<std::int32_t> certificate = result.int4_array(0, 1);
  identity::v1::ClientAuthentication rules;
  for (const ClientTransport transport : kTransports) {
    identity::v1::TransportAuthentication& entry = *rules.add_transports();
    entry.set_transport(transport);
    entry.set_password_required(has(password, transport));
    entry.set_certificate_required(has(certificate, transport));
  }
  rules.set_version(result.int8(0, 2));
  return rules;
}

// `lock`: a clause of SELECT, or nothing.
absl::StatusOr<v1::ClientAuthentication> read(postgres::Connection& connection, const char* lock) {
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection.execute(
          fmt::format("SELECT {}, updated_at, updated_by FROM registry.client_authentication {}",
                      kRules, lock)));
  v1::ClientAuthentication authentication;
  *authentication.mutable_rules() = rules_of(found);
  *authentication.mutable_updated_at() = to_timestamp(found.timestamp(0, 3));
  authentication.set_updated_by(std::string(found.text(0, 4)));
  return authentication;
}

// Whether anything is different now.
bool apply(const v1::UpdateClientAuthenticationRequest& request,
           identity::v1::ClientAuthentication& rules) {
  bool changed = false;
  for (identity::v1::TransportAuthentication& entry : *rules.mutable_transports()) {
    for (const identity::v1::TransportAuthentication& wanted : request.transports()) {
      if (wanted.transport() != entry.transport()) continue;
      changed = changed || wanted.password_required() != entry.password_required() ||
                wanted.certificate_required() != entry.certificate_required();
      entry = wanted;
    }
  }
  return changed;
}

absl::Status write(postgres::Connection& connection,
                   const identity::v1::ClientAuthentication& rules, const std::string& author) {
  std::vector<std::int32_t> password;
  std::vector<std::int32_t> certificate;
  for (const identity::v1::TransportAuthentication& entry : rules.transports()) {
    if (entry.password_required()) password.push_back(entry.transport());
    if (entry.certificate_required()) certificate.push_back(entry.transport());
  }
  return connection
      .execute(
          "UPDATE registry.client_authentication SET password_required = $1, "
          "certificate_required = $2, version = version + 1, revision = revision + 1, "
          "updated_at = now(), updated_by = $3",
          {to_param(password), to_param(certificate), to_param(author)})
      .status();
}

}  // namespace

absl::StatusOr<v1::ClientAuthentication> ClientAuthenticationStore::get() {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  return read(*connection, "");
}

absl::StatusOr<v1::ClientAuthentication> ClientAuthenticationStore::update(
    const v1::UpdateClientAuthenticationRequest& request, const std::string& author) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(*connection));
  MILLRACE_ASSIGN_OR_RETURN(auto stored, read(*connection, "FOR UPDATE"));
  const std::int64_t version = stored.rules().version();
  // First: what the repetition of a call finds whose answer was lost.
  if (!apply(request, *stored.mutable_rules())) return stored;
  if (request.expected_version() != 0 && request.expected_version() != version) {
    return absl::FailedPreconditionError(
        fmt::format("cannot update the client authentication: its version is {}, not "
                    "expected_version {}; look at what was changed and make your change to that",
                    version, request.expected_version()));
  }
  MILLRACE_RETURN_IF_ERROR(write(*connection, stored.rules(), author));
  MILLRACE_ASSIGN_OR_RETURN(auto after, read(*connection, ""));
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return after;
}

absl::StatusOr<ClientAuthenticationStore::News> ClientAuthenticationStore::since(
    std::int64_t known_revision) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  // One statement, so that all of it is of one moment.
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection->execute(
          fmt::format("SELECT {}, revision, ids, revisions FROM registry.client_authentication, "
                      "LATERAL (SELECT array_agg(r.credentials_id ORDER BY r.revision) AS ids, "
                      "  array_agg(r.revision ORDER BY r.revision) AS revisions FROM ("
                      "    SELECT credentials_id, c.revision FROM registry.client_credentials c "
                      "    WHERE c.revision > $1 AND state IN (3, 4) AND $1 > 0 "
                      "    ORDER BY c.revision LIMIT $2) r) AS revoked",
                      kRules),
          {to_param(known_revision), to_param(std::int64_t{kMaxRevokedShown + 1})}));
  News news{rules_of(found), found.int8(0, 3), {}, false};
  if (found.is_null(0, 4)) return news;
  news.revoked_ids = found.int8_array(0, 4);
  if (news.revoked_ids.size() > kMaxRevokedShown) {
    news.more_revoked = true;
    news.revoked_ids.resize(kMaxRevokedShown);
    news.revision = found.int8_array(0, 5)[kMaxRevokedShown - 1];
  }
  return news;
}

}  // namespace millrace::registry
