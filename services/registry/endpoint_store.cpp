// SPDX-License-Identifier: Apache-2.0
#include "registry/endpoint_store.h"

#include <fmt/format.h>

#include "lib/error/error.h"
#include "registry/database.h"
#include "registry/token_store.h"

namespace millrace::registry {
namespace {

using postgres::to_param;

// Columns endpoint_key, endpoint_id, application, version, created_at of every row, with tokens.
absl::StatusOr<std::vector<v1::Endpoint>> endpoints_of(postgres::Connection& connection,
                                                       const postgres::Result& found) {
  std::vector<std::int64_t> keys;
  for (int row = 0; row < found.rows(); ++row) keys.push_back(found.int8(row, 0));
  MILLRACE_ASSIGN_OR_RETURN(auto tokens, tokens_of(connection, keys));
  std::vector<v1::Endpoint> endpoints;
  for (int row = 0; row < found.rows(); ++row) {
    v1::Endpoint& endpoint = endpoints.emplace_back();
    endpoint.set_endpoint_id(std::string(found.text(row, 1)));
    endpoint.set_application_name(std::string(found.text(row, 2)));
    endpoint.set_app_version_name(std::string(found.text(row, 3)));
    *endpoint.mutable_created_at() = to_timestamp(found.timestamp(row, 4));
    for (v1::Token& token : tokens[found.int8(row, 0)]) {
      token.set_endpoint_id(endpoint.endpoint_id());
      *endpoint.add_tokens() = std::move(token);
    }
  }
  return endpoints;
}

}  // namespace

absl::StatusOr<v1::Endpoint> EndpointStore::create(const Scope& scope,
                                                   const NewEndpoint& endpoint) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(*connection));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result version,
      connection->execute("SELECT v.application_key, v.app_version_key, a.name "
                          "FROM registry.app_version v JOIN registry.application a USING "
                          "(application_key) WHERE v.name = $1",
                          {to_param(endpoint.app_version_name)}));
  if (version.rows() == 0 || !scope.has(std::string(version.text(0, 2)))) {
    return absl::NotFoundError(fmt::format(
        "cannot find application version \"{}\"; create it first", endpoint.app_version_name));
  }
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result created,
      connection->execute(
          "INSERT INTO registry.endpoint (application_key, app_version_key, endpoint_id) "
          "VALUES ($1, $2, $3) ON CONFLICT (endpoint_id) DO NOTHING "
          "RETURNING endpoint_key, created_at",
          {to_param(version.int4(0, 0)), to_param(version.int4(0, 1)),
           to_param(endpoint.endpoint_id)}));
  if (created.rows() == 0) {
    return absl::AlreadyExistsError(
        fmt::format("cannot create endpoint \"{}\": the id is taken", endpoint.endpoint_id));
  }
  v1::Endpoint answer;
  MILLRACE_ASSIGN_OR_RETURN(
      *answer.add_tokens(),
      insert_token(*connection, {version.int4(0, 0), created.int8(0, 0)}, endpoint.token_sha256));
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  answer.mutable_tokens(0)->set_endpoint_id(endpoint.endpoint_id);
  answer.set_endpoint_id(endpoint.endpoint_id);
  answer.set_application_name(std::string(version.text(0, 2)));
  answer.set_app_version_name(endpoint.app_version_name);
  *answer.mutable_created_at() = to_timestamp(created.timestamp(0, 1));
  return answer;
}

absl::StatusOr<v1::Endpoint> EndpointStore::get(const Scope& scope,
                                                const std::string& endpoint_id) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection->execute("SELECT e.endpoint_key, e.endpoint_id, a.name, v.name, e.created_at "
                          "FROM registry.endpoint e "
                          "JOIN registry.application a USING (application_key) "
                          "JOIN registry.app_version v USING (app_version_key) "
                          "WHERE e.endpoint_id = $1",
                          {to_param(endpoint_id)}));
  if (found.rows() == 0 || !scope.has(std::string(found.text(0, 2)))) {
    return absl::NotFoundError(fmt::format("cannot find endpoint \"{}\"", endpoint_id));
  }
  MILLRACE_ASSIGN_OR_RETURN(auto endpoints, endpoints_of(*connection, found));
  return std::move(endpoints.front());
}

absl::StatusOr<std::vector<v1::Endpoint>> EndpointStore::list(const Scope& scope,
                                                              const Page& page) {
  // Two statements, so that each has its own index; of some applications a page's worth each.
  constexpr char kAll[] =
      "SELECT e.endpoint_key, e.endpoint_id, a.name, v.name, e.created_at "
      "FROM registry.endpoint e JOIN registry.application a USING (application_key) "
      "JOIN registry.app_version v USING (app_version_key) "
      "WHERE e.endpoint_id > $1 ORDER BY e.endpoint_id LIMIT $2";
  constexpr char kSome[] =
      "SELECT e.endpoint_key, e.endpoint_id, a.name, v.name, e.created_at "
      "FROM registry.application a CROSS JOIN LATERAL ("
      "  SELECT endpoint_key, endpoint_id, app_version_key, created_at FROM registry.endpoint "
      "  WHERE application_key = a.application_key AND endpoint_id > $1 "
      "  ORDER BY endpoint_id LIMIT $2) e "
      "JOIN registry.app_version v USING (app_version_key) "
      "WHERE a.name = ANY ($3) ORDER BY e.endpoint_id LIMIT $2";
  std::vector<postgres::Param> params{to_param(page.after), to_param(std::int64_t{page.limit})};
  if (scope.names()) params.push_back(to_param(*scope.names()));
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(const postgres::Result found,
                            connection->execute(scope.names() ? kSome : kAll, params));
  return endpoints_of(*connection, found);
}

}  // namespace millrace::registry
