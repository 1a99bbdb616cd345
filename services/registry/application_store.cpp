// SPDX-License-Identifier: Apache-2.0
#include "registry/application_store.h"

#include <fmt/format.h>

#include "lib/error/error.h"
#include "registry/database.h"

namespace millrace::registry {
namespace {

using postgres::to_param;

// What application_of() reads.
constexpr char kColumns[] =
    "name, display_name, auto_extract, rules_version, created_at, max_uploads_per_second, "
    "max_upload_burst, relaxed_resource_paths";

v1::Application application_of(const postgres::Result& result, int row) {
  v1::Application application;
  application.set_name(std::string(result.text(row, 0)));
  application.set_display_name(std::string(result.text(row, 1)));
  application.set_auto_extract(result.boolean(row, 2));
  application.set_rules_version(result.int8(row, 3));
  *application.mutable_created_at() = to_timestamp(result.timestamp(row, 4));
  application.set_max_uploads_per_second(result.float8(row, 5));
  application.set_max_upload_burst(result.int4(row, 6));
  application.set_relaxed_resource_paths(result.boolean(row, 7));
  return application;
}

// NULL: the column stays.
template <class T>
postgres::Param given(bool is_given, const T& value) {
  return is_given ? to_param(value) : postgres::null_param();
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
          fmt::format("INSERT INTO registry.application (name, display_name, auto_extract, "
                      "max_uploads_per_second, max_upload_burst, relaxed_resource_paths) "
                      "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO NOTHING "
                      "RETURNING {}, application_key",
                      kColumns),
          {to_param(request.name()), to_param(request.display_name()),
           to_param(request.auto_extract()), to_param(request.max_uploads_per_second()),
           to_param(request.max_upload_burst()), to_param(request.relaxed_resource_paths())}));
  if (created.rows() == 0) {
    return absl::AlreadyExistsError(
        fmt::format("cannot create application \"{}\": the name is taken", request.name()));
  }
  configuration::v1::SeriesRules rules;
  rules.set_auto_extract(request.auto_extract());
  MILLRACE_RETURN_IF_ERROR(
      add_version(*connection, created.int4(0, 8), created.int8(0, 3), rules, author));
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return application_of(created, 0);
}

absl::StatusOr<v1::Application> ApplicationStore::get(const std::string& name) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection->execute(
          fmt::format("SELECT {} FROM registry.application WHERE name = $1", kColumns),
          {to_param(name)}));
  if (found.rows() == 0) return unknown_application(name);
  return application_of(found, 0);
}

absl::StatusOr<std::vector<v1::Application>> ApplicationStore::list(const Scope& scope,
                                                                    const Page& page) {
  std::vector<postgres::Param> params{to_param(page.after), to_param(std::int64_t{page.limit})};
  if (scope.names()) params.push_back(to_param(*scope.names()));
  const std::string statement =
      fmt::format("SELECT {} FROM registry.application WHERE name > $1 {} ORDER BY name LIMIT $2",
                  kColumns, scope.names() ? "AND name = ANY ($3)" : "");
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(const postgres::Result found, connection->execute(statement, params));
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
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result updated,
      connection->execute(
          fmt::format(
              "UPDATE registry.application SET display_name = coalesce($2::text, display_name), "
              "rules_version = $3, auto_extract = $4, "
              "max_uploads_per_second = coalesce($5::float8, max_uploads_per_second), "
              "max_upload_burst = coalesce($6::int4, max_upload_burst), "
              "relaxed_resource_paths = coalesce($7::bool, relaxed_resource_paths) "
              "WHERE application_key = $1 RETURNING {}",
              kColumns),
          {to_param(application.key), given(request.has_display_name(), request.display_name()),
           to_param(application.version), to_param(application.rules.auto_extract()),
           given(request.has_max_uploads_per_second(), request.max_uploads_per_second()),
           given(request.has_max_upload_burst(), request.max_upload_burst()),
           given(request.has_relaxed_resource_paths(), request.relaxed_resource_paths())}));
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return application_of(updated, 0);
}

}  // namespace millrace::registry
