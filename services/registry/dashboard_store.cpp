// SPDX-License-Identifier: Apache-2.0
#include "registry/dashboard_store.h"

#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "registry/database.h"

namespace millrace::registry {
namespace {

using postgres::bytea_param;
using postgres::to_param;

constexpr std::size_t kIdBytes = 36;
// Before all others: no title is empty.
constexpr char kFirstId[] = "00000000-0000-0000-0000-000000000000";

// Of aliases d and a, for head_of().
constexpr char kHead[] =
    "d.dashboard_id::text, a.name, d.title, d.version, d.created_at, d.updated_at, d.updated_by";
constexpr int kHeadColumns = 7;

v1::Dashboard head_of(const postgres::Result& result, int row) {
  v1::Dashboard dashboard;
  dashboard.set_dashboard_id(std::string(result.text(row, 0)));
  dashboard.set_application_name(std::string(result.text(row, 1)));
  dashboard.set_title(std::string(result.text(row, 2)));
  dashboard.set_version(result.int8(row, 3));
  *dashboard.mutable_created_at() = to_timestamp(result.timestamp(row, 4));
  *dashboard.mutable_updated_at() = to_timestamp(result.timestamp(row, 5));
  dashboard.set_updated_by(std::string(result.text(row, 6)));
  return dashboard;
}

std::string widget_bytes(const v1::Dashboard& dashboard) {
  v1::Dashboard widgets;
  *widgets.mutable_widgets() = dashboard.widgets();
  return widgets.SerializeAsString();
}

absl::Status unknown_dashboard(const std::string& dashboard_id) {
  return absl::NotFoundError(fmt::format("cannot find dashboard \"{}\"", dashboard_id));
}

// `lock`: a clause of SELECT, or nothing.
absl::StatusOr<v1::Dashboard> read_dashboard(postgres::Connection& connection, const Scope& scope,
                                             const std::string& dashboard_id, const char* lock) {
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection.execute(fmt::format("SELECT {}, d.widgets FROM registry.dashboard d "
                                     "JOIN registry.application a USING (application_key) "
                                     "WHERE d.dashboard_id = $1::uuid {}",
                                     kHead, lock),
                         {to_param(dashboard_id)}));
  if (found.rows() == 0 || !scope.has(std::string(found.text(0, 1)))) {
    return unknown_dashboard(dashboard_id);
  }
  v1::Dashboard dashboard = head_of(found, 0);
  v1::Dashboard widgets;
  if (!widgets.ParseFromString(std::string(found.bytea(0, kHeadColumns)))) {
    return absl::InternalError(
        fmt::format("cannot read dashboard \"{}\": its widgets are damaged", dashboard_id));
  }
  *dashboard.mutable_widgets() = std::move(*widgets.mutable_widgets());
  return dashboard;
}

constexpr char kLock[] = "FOR UPDATE OF d";

// Locks the application, so that two calls at once cannot both take the last place.
absl::StatusOr<std::int32_t> application_with_room(postgres::Connection& connection,
                                                   const WantedDashboard& wanted) {
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result application,
      connection.execute("SELECT application_key FROM registry.application WHERE name = $1 "
                         "FOR NO KEY UPDATE",
                         {to_param(wanted.application_name)}));
  if (application.rows() == 0) return unknown_application(wanted.application_name);
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result count,
      connection.execute("SELECT count(*) FROM registry.dashboard WHERE application_key = $1",
                         {to_param(application.int4(0, 0))}));
  if (count.int8(0, 0) < kMaxDashboardsPerApplication) return application.int4(0, 0);
  return absl::FailedPreconditionError(
      fmt::format("cannot create dashboard \"{}\": application \"{}\" has {}, which is the limit; "
                  "delete one first",
                  wanted.dashboard.title(), wanted.application_name, count.int8(0, 0)));
}

absl::Status check_update(const v1::Dashboard& stored, const WantedDashboard& wanted) {
  if (!wanted.application_name.empty() && wanted.application_name != stored.application_name()) {
    return absl::InvalidArgumentError(
        fmt::format("cannot use field dashboard.application_name \"{}\": dashboard \"{}\" is of "
                    "application \"{}\", which never changes",
                    wanted.application_name, stored.dashboard_id(), stored.application_name()));
  }
  if (wanted.expected_version == 0 || wanted.expected_version == stored.version()) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      fmt::format("cannot update dashboard \"{}\": its version is {}, not expected_version {}; "
                  "look at what was changed and make your change to that",
                  stored.dashboard_id(), stored.version(), wanted.expected_version));
}

}  // namespace

std::string position_of(const v1::Dashboard& dashboard) {
  return dashboard.dashboard_id() + dashboard.title();
}

absl::StatusOr<v1::Dashboard> DashboardStore::create(const WantedDashboard& wanted) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(*connection));
  MILLRACE_ASSIGN_OR_RETURN(const std::int32_t application_key,
                            application_with_room(*connection, wanted));
  MILLRACE_RETURN_IF_ERROR(
      connection
          ->execute("INSERT INTO registry.dashboard "
                    "(dashboard_id, application_key, title, widgets, updated_by) "
                    "VALUES ($1::uuid, $2, $3, $4, $5)",
                    {to_param(wanted.dashboard_id), to_param(application_key),
                     to_param(wanted.dashboard.title()),
                     bytea_param(widget_bytes(wanted.dashboard)), to_param(wanted.author)})
          .status());
  MILLRACE_ASSIGN_OR_RETURN(
      v1::Dashboard created,
      read_dashboard(*connection, Scope::of(wanted.application_name), wanted.dashboard_id, ""));
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return created;
}

absl::StatusOr<v1::Dashboard> DashboardStore::update(const Scope& scope,
                                                     const WantedDashboard& wanted) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(*connection));
  MILLRACE_ASSIGN_OR_RETURN(v1::Dashboard stored,
                            read_dashboard(*connection, scope, wanted.dashboard_id, kLock));
  const std::string widgets = widget_bytes(wanted.dashboard);
  const bool is_same =
      stored.title() == wanted.dashboard.title() && widget_bytes(stored) == widgets;
  const absl::Status allowed = check_update(stored, wanted);
  if (is_same && !absl::IsInvalidArgument(allowed)) return stored;
  MILLRACE_RETURN_IF_ERROR(allowed);
  MILLRACE_RETURN_IF_ERROR(
      connection
          ->execute("UPDATE registry.dashboard SET title = $2, widgets = $3, updated_by = $4, "
                    "version = version + 1, updated_at = now() WHERE dashboard_id = $1::uuid",
                    {to_param(wanted.dashboard_id), to_param(wanted.dashboard.title()),
                     bytea_param(widgets), to_param(wanted.author)})
          .status());
  MILLRACE_ASSIGN_OR_RETURN(v1::Dashboard updated,
                            read_dashboard(*connection, scope, wanted.dashboard_id, ""));
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return updated;
}

absl::StatusOr<v1::Dashboard> DashboardStore::get(const Scope& scope,
                                                  const std::string& dashboard_id) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  return read_dashboard(*connection, scope, dashboard_id, "");
}

absl::StatusOr<std::vector<v1::Dashboard>> DashboardStore::list(const std::string& application_name,
                                                                const Page& page) {
  const bool is_first = page.after.size() <= kIdBytes;
  const std::string id = is_first ? kFirstId : page.after.substr(0, kIdBytes);
  const std::string title = is_first ? "" : page.after.substr(kIdBytes);
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection->execute(
          fmt::format("SELECT {} FROM registry.application a "
                      "JOIN registry.dashboard d USING (application_key) "
                      "WHERE a.name = $1 AND (d.title, d.dashboard_id) > ($2, $3::uuid) "
                      "ORDER BY d.title, d.dashboard_id LIMIT $4",
                      kHead),
          {to_param(application_name), to_param(title), to_param(id),
           to_param(std::int64_t{page.limit})}));
  std::vector<v1::Dashboard> dashboards;
  for (int row = 0; row < found.rows(); ++row) dashboards.push_back(head_of(found, row));
  return dashboards;
}

absl::StatusOr<std::string> DashboardStore::remove(const Scope& scope,
                                                   const std::string& dashboard_id) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(*connection));
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection->execute("SELECT a.name FROM registry.dashboard d "
                          "JOIN registry.application a USING (application_key) "
                          "WHERE d.dashboard_id = $1::uuid FOR UPDATE OF d",
                          {to_param(dashboard_id)}));
  if (found.rows() == 0 || !scope.has(std::string(found.text(0, 0)))) {
    return unknown_dashboard(dashboard_id);
  }
  MILLRACE_RETURN_IF_ERROR(
      connection
          ->execute("DELETE FROM registry.dashboard WHERE dashboard_id = $1::uuid",
                    {to_param(dashboard_id)})
          .status());
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return std::string(found.text(0, 0));
}

}  // namespace millrace::registry
