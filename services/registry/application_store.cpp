// SPDX-License-Identifier: Apache-2.0
#include "registry/application_store.h"

#include <optional>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "registry/database.h"

namespace millrace::registry {
namespace {

using postgres::to_param;

v1::Application application_of(const postgres::Result& result, int row) {
  v1::Application application;
  application.set_name(std::string(result.text(row, 0)));
  application.set_display_name(std::string(result.text(row, 1)));
  application.set_auto_extract(result.boolean(row, 2));
  application.set_rules_version(result.int8(row, 3));
  *application.mutable_created_at() = to_timestamp(result.timestamp(row, 4));
  return application;
}

}  // namespace

absl::Status unknown_application(const std::string& name) {
  return absl::NotFoundError(fmt::format("cannot find application \"{}\"", name));
}

absl::StatusOr<v1::Application> ApplicationStore::create(
    const v1::CreateApplicationRequest& request, const VersionAuthor& author) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(*connection));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result created,
      connection->execute(
          "INSERT INTO registry.application (name, display_name, auto_extract) VALUES ($1, $2, $3) "
          "ON CONFLICT (name) DO NOTHING "
          "RETURNING name, display_name, auto_extract, rules_version, created_at, application_key",
          {to_param(request.name()), to_param(request.display_name()),
           to_param(request.auto_extract())}));
  if (created.rows() == 0) {
    return absl::AlreadyExistsError(
        fmt::format("cannot create application \"{}\": the name is taken", request.name()));
  }
  configuration::v1::SeriesRules rules;
  rules.set_auto_extract(request.auto_extract());
  MILLRACE_RETURN_IF_ERROR(
      add_version(*connection, created.int4(0, 5), created.int8(0, 3), rules, author));
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return application_of(created, 0);
}

absl::StatusOr<v1::Application> ApplicationStore::get(const std::string& name) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection->execute("SELECT name, display_name, auto_extract, rules_version, created_at "
                          "FROM registry.application WHERE name = $1",
                          {to_param(name)}));
  if (found.rows() == 0) return unknown_application(name);
  return application_of(found, 0);
}

absl::StatusOr<std::vector<v1::Application>> ApplicationStore::list(const Scope& scope,
                                                                    const Page& page) {
  constexpr char kAll[] =
      "SELECT name, display_name, auto_extract, rules_version, created_at "
      "FROM registry.application WHERE name > $1 ORDER BY name LIMIT $2";
  constexpr char kSome[] =
      "SELECT name, display_name, auto_extract, rules_version, created_at "
      "FROM registry.application WHERE name > $1 AND name = ANY ($3) ORDER BY name LIMIT $2";
  std::vector<postgres::Param> params{to_param(page.after), to_param(std::int64_t{page.limit})};
  if (scope.names()) params.push_back(to_param(*scope.names()));
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(const postgres::Result found,
                            connection->execute(scope.names() ? kSome : kAll, params));
  std::vector<v1::Application> applications;
  for (int row = 0; row < found.rows(); ++row) applications.push_back(application_of(found, row));
  return applications;
}

absl::StatusOr<v1::Application> ApplicationStore::update(
    const v1::UpdateApplicationRequest& request, const VersionAuthor& author) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(*connection));
  MILLRACE_ASSIGN_OR_RETURN(LockedApplication application,
                            lock_application(*connection, request.name()));
  const bool changes_rules =
      request.has_auto_extract() && request.auto_extract() != application.rules.auto_extract();
  if (changes_rules) {
    application.rules.set_auto_extract(request.auto_extract());
    MILLRACE_RETURN_IF_ERROR(add_version(*connection, application.key, ++application.version,
                                         application.rules, author));
  }
  std::optional<std::string> display_name;
  if (request.has_display_name()) display_name = request.display_name();
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result updated,
      connection->execute(
          "UPDATE registry.application SET display_name = coalesce($2::text, display_name), "
          "rules_version = $3, auto_extract = $4 WHERE application_key = $1 "
          "RETURNING name, display_name, auto_extract, rules_version, created_at",
          {to_param(application.key), to_param(display_name), to_param(application.version),
           to_param(application.rules.auto_extract())}));
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return application_of(updated, 0);
}

}  // namespace millrace::registry
