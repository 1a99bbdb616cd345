// SPDX-License-Identifier: Apache-2.0
#include "registry/app_version_store.h"

#include <fmt/format.h>

#include "lib/error/error.h"
#include "registry/database.h"

namespace millrace::registry {
namespace {

using postgres::to_param;

// Columns name, application, created_at.
v1::AppVersion version_of(const postgres::Result& result, int row) {
  v1::AppVersion version;
  version.set_name(std::string(result.text(row, 0)));
  version.set_application_name(std::string(result.text(row, 1)));
  *version.mutable_created_at() = to_timestamp(result.timestamp(row, 2));
  return version;
}

}  // namespace

absl::StatusOr<v1::AppVersion> AppVersionStore::create(const v1::CreateAppVersionRequest& request) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result created,
      connection->execute("INSERT INTO registry.app_version (application_key, name) "
                          "SELECT application_key, $2 FROM registry.application WHERE name = $1 "
                          "ON CONFLICT (name) DO NOTHING RETURNING created_at",
                          {to_param(request.application_name()), to_param(request.name())}));
  if (created.rows() == 0) {
    MILLRACE_ASSIGN_OR_RETURN(
        const postgres::Result application,
        connection->execute("SELECT 1 FROM registry.application WHERE name = $1",
                            {to_param(request.application_name())}));
    if (application.rows() == 0) return unknown_application(request.application_name());
    return absl::AlreadyExistsError(fmt::format(
        "cannot create application version \"{}\": the name is taken, it is unique among all "
        "applications",
        request.name()));
  }
  v1::AppVersion version;
  version.set_name(request.name());
  version.set_application_name(request.application_name());
  *version.mutable_created_at() = to_timestamp(created.timestamp(0, 0));
  return version;
}

absl::StatusOr<v1::AppVersion> AppVersionStore::get(const Scope& scope, const std::string& name) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection->execute("SELECT v.name, a.name, v.created_at FROM registry.app_version v "
                          "JOIN registry.application a USING (application_key) WHERE v.name = $1",
                          {to_param(name)}));
  if (found.rows() == 0 || !scope.has(std::string(found.text(0, 1)))) {
    return absl::NotFoundError(fmt::format("cannot find application version \"{}\"", name));
  }
  return version_of(found, 0);
}

absl::StatusOr<std::vector<v1::AppVersion>> AppVersionStore::list(const Scope& scope,
                                                                  const Page& page) {
  // Two statements, so that each has its own index; of some applications a page's worth each.
  constexpr char kAll[] =
      "SELECT v.name, a.name, v.created_at FROM registry.app_version v "
      "JOIN registry.application a USING (application_key) "
      "WHERE v.name > $1 ORDER BY v.name LIMIT $2";
  constexpr char kSome[] =
      "SELECT v.name, a.name, v.created_at FROM registry.application a CROSS JOIN LATERAL ("
      "  SELECT name, created_at FROM registry.app_version "
      "  WHERE application_key = a.application_key AND name > $1 ORDER BY name LIMIT $2) v "
      "WHERE a.name = ANY ($3) ORDER BY v.name LIMIT $2";
  std::vector<postgres::Param> params{to_param(page.after), to_param(std::int64_t{page.limit})};
  if (scope.names()) params.push_back(to_param(*scope.names()));
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(const postgres::Result found,
                            connection->execute(scope.names() ? kSome : kAll, params));
  std::vector<v1::AppVersion> versions;
  for (int row = 0; row < found.rows(); ++row) versions.push_back(version_of(found, row));
  return versions;
}

}  // namespace millrace::registry
