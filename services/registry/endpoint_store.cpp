// SPDX-License-Identifier: Apache-2.0
#include "registry/endpoint_store.h"

#include <fmt/format.h>

#include "lib/error/error.h"
#include "registry/database.h"
#include "registry/token_store.h"

namespace millrace::registry {
namespace {

using postgres::to_param;

// What endpoints_of() reads.
constexpr char kColumns[] =
    "e.endpoint_key, e.endpoint_id, a.name, v.name, e.created_at, e.max_uploads_per_second, "
    "e.max_upload_burst";

absl::Status unknown_endpoint(const std::string& endpoint_id) {
  return absl::NotFoundError(fmt::format("cannot find endpoint \"{}\"", endpoint_id));
}

// Of every row, with its tokens.
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
    if (!found.is_null(row, 5)) {
      endpoint.set_max_uploads_per_second(found.float8(row, 5));
      endpoint.set_max_upload_burst(found.int4(row, 6));
    }
    for (v1::Token& token : tokens[found.int8(row, 0)]) {
      token.set_endpoint_id(endpoint.endpoint_id());
      *endpoint.add_tokens() = std::move(token);
    }
  }
  return endpoints;
}

// The name of one parameter more.
std::string placeholder(std::vector<postgres::Param>& params, postgres::Param param) {
  params.push_back(std::move(param));
  return fmt::format("${}", params.size());
}

// A pattern for ILIKE that every text with `part` in it matches.
std::string containing(const std::string& part) {
  std::string pattern = "%";
  for (const char c : part) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  pattern += '%';
  return pattern;
}

// What the filter asks of the row `e` beside its scope, each with AND before it.
std::string conditions(const EndpointFilter& filter, std::vector<postgres::Param>& params) {
  std::string text;
  if (!filter.search.empty()) {
    text += fmt::format(" AND e.endpoint_id ILIKE {}",
                        placeholder(params, to_param(containing(filter.search))));
  }
  if (!filter.app_version_name.empty()) {
    text += fmt::format(
        " AND e.app_version_key = "
        "(SELECT app_version_key FROM registry.app_version WHERE name = {})",
        placeholder(params, to_param(filter.app_version_name)));
  }
  if (filter.token_state != v1::TOKEN_STATE_UNSPECIFIED) {
    text += fmt::format(
        " AND EXISTS (SELECT FROM registry.token t "
        "WHERE t.endpoint_key = e.endpoint_key AND t.state = {})",
        placeholder(params, to_param(static_cast<std::int32_t>(filter.token_state))));
  }
  return text;
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
      connection->execute(fmt::format("SELECT {} FROM registry.endpoint e "
                                      "JOIN registry.application a USING (application_key) "
                                      "JOIN registry.app_version v USING (app_version_key) "
                                      "WHERE e.endpoint_id = $1",
                                      kColumns),
                          {to_param(endpoint_id)}));
  if (found.rows() == 0 || !scope.has(std::string(found.text(0, 2)))) {
    return unknown_endpoint(endpoint_id);
  }
  MILLRACE_ASSIGN_OR_RETURN(auto endpoints, endpoints_of(*connection, found));
  return std::move(endpoints.front());
}

absl::StatusOr<v1::Endpoint> EndpointStore::set_quota(const Scope& scope,
                                                      const v1::SetEndpointQuotaRequest& request) {
  const std::string& id = request.endpoint_id();
  {
    MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
    MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(*connection));
    MILLRACE_ASSIGN_OR_RETURN(
        const postgres::Result updated,
        connection->execute(
            "UPDATE registry.endpoint e SET max_uploads_per_second = $2::float8, "
            "max_upload_burst = $3 FROM registry.application a "
            "WHERE e.endpoint_id = $1 AND a.application_key = e.application_key RETURNING a.name",
            {to_param(id),
             request.has_max_uploads_per_second() ? to_param(request.max_uploads_per_second())
                                                  : postgres::null_param(),
             to_param(request.max_upload_burst())}));
    // Of an application that the caller may not know: taken back.
    if (updated.rows() == 0 || !scope.has(std::string(updated.text(0, 0)))) {
      return unknown_endpoint(id);
    }
    MILLRACE_RETURN_IF_ERROR(transaction.commit());
  }
  return get(scope, id);
}

absl::StatusOr<std::vector<v1::Endpoint>> EndpointStore::list(const EndpointFilter& filter,
                                                              const Page& page) {
  // Two statements, so that each has its own index; of some applications a page's worth each.
  static constexpr char kAll[] =
      "SELECT {} FROM registry.endpoint e JOIN registry.application a USING (application_key) "
      "JOIN registry.app_version v USING (app_version_key) "
      "WHERE e.endpoint_id > $1{} ORDER BY e.endpoint_id LIMIT $2";
  static constexpr char kSome[] =
      "SELECT {} FROM registry.application a CROSS JOIN LATERAL ("
      "  SELECT * FROM registry.endpoint e "
      "  WHERE application_key = a.application_key AND endpoint_id > $1{} "
      "  ORDER BY endpoint_id LIMIT $2) e "
      "JOIN registry.app_version v USING (app_version_key) "
      "WHERE a.name = ANY ({}) ORDER BY e.endpoint_id LIMIT $2";
  std::vector<postgres::Param> params{to_param(page.after), to_param(std::int64_t{page.limit})};
  const std::string more = conditions(filter, params);
  const auto& names = filter.scope.names();
  const std::string statement =
      names ? fmt::format(kSome, kColumns, more, placeholder(params, to_param(*names)))
            : fmt::format(kAll, kColumns, more);
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(const postgres::Result found, connection->execute(statement, params));
  return endpoints_of(*connection, found);
}

absl::StatusOr<std::int32_t> EndpointStore::count(const EndpointFilter& filter) {
  std::vector<postgres::Param> params{to_param(std::int64_t{kMaxCountedEndpoints})};
  std::string which = conditions(filter, params);
  if (const auto& names = filter.scope.names()) {
    which += fmt::format(
        " AND e.application_key IN "
        "(SELECT application_key FROM registry.application WHERE name = ANY ({}))",
        placeholder(params, to_param(*names)));
  }
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection->execute(fmt::format("SELECT count(*) FROM (SELECT FROM registry.endpoint e "
                                      "WHERE true{} LIMIT $1) AS counted",
                                      which),
                          params));
  return static_cast<std::int32_t>(found.int8(0, 0));
}

absl::StatusOr<EndpointCheck> EndpointStore::check(const std::string& app_version_name,
                                                   const std::vector<std::string>& endpoint_ids) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection->execute(
          "SELECT a.name, ARRAY(SELECT wanted.id FROM unnest($2::text[]) AS wanted(id) "
          "  WHERE NOT EXISTS (SELECT FROM registry.endpoint e "
          "    WHERE e.application_key = v.application_key AND e.endpoint_id = wanted.id)) "
          "FROM registry.app_version v JOIN registry.application a USING (application_key) "
          "WHERE v.name = $1",
          {to_param(app_version_name), to_param(endpoint_ids)}));
  if (found.rows() == 0) return EndpointCheck{};
  return EndpointCheck{std::string(found.text(0, 0)), found.text_array(0, 1)};
}

}  // namespace millrace::registry
