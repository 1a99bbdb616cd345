// SPDX-License-Identifier: Apache-2.0
#include "registry/series_rules_store.h"

#include <fmt/format.h>

#include "lib/error/error.h"
#include "registry/application_store.h"
#include "registry/database.h"
#include "registry/paging.h"

namespace millrace::registry {
namespace {

using configuration::v1::SeriesRules;
using postgres::to_param;

absl::StatusOr<SeriesRules> rules_of(std::string_view bytes, const std::string& application_name) {
  SeriesRules rules;
  if (rules.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return rules;
  return absl::InternalError(
      fmt::format("cannot read the series rules of application \"{}\": what is stored is damaged",
                  application_name));
}

// Columns version, rules, created_at, created_by, comment.
absl::StatusOr<v1::SeriesRulesVersion> version_of(const postgres::Result& result, int row,
                                                  const std::string& application_name) {
  v1::SeriesRulesVersion version;
  version.set_application_name(application_name);
  MILLRACE_ASSIGN_OR_RETURN(*version.mutable_series_rules(),
                            rules_of(result.bytea(row, 1), application_name));
  version.mutable_series_rules()->set_version(result.int8(row, 0));
  *version.mutable_created_at() = to_timestamp(result.timestamp(row, 2));
  version.set_created_by(std::string(result.text(row, 3)));
  version.set_comment(std::string(result.text(row, 4)));
  return version;
}

absl::StatusOr<v1::SeriesRulesVersion> read_version(postgres::Connection& connection,
                                                    const std::string& application_name,
                                                    std::int64_t version) {
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection.execute(
          "SELECT r.version, r.rules, r.created_at, r.created_by, r.comment, a.rules_version "
          "FROM registry.application a LEFT JOIN registry.series_rules r "
          "ON r.application_key = a.application_key "
          "AND r.version = CASE WHEN $2 = 0 THEN a.rules_version ELSE $2 END WHERE a.name = $1",
          {to_param(application_name), to_param(version)}));
  if (found.rows() == 0) return unknown_application(application_name);
  if (found.is_null(0, 0)) {
    return absl::NotFoundError(
        fmt::format("cannot find version {} of the series rules of application \"{}\": the newest "
                    "is {}, and the {} newest are kept",
                    version, application_name, found.int8(0, 5), kKeptVersions));
  }
  return version_of(found, 0, application_name);
}

absl::Status unexpected_version(const WantedRules& wanted, std::int64_t newest) {
  return absl::FailedPreconditionError(
      fmt::format("cannot apply series rules to application \"{}\": its newest version is {}, not "
                  "expected_version {}; look at what was changed and apply your change to that",
                  wanted.application_name, newest, wanted.expected_version));
}

v1::SeriesRulesVersion preview_of(const WantedRules& wanted, std::int64_t version) {
  v1::SeriesRulesVersion preview;
  preview.set_application_name(wanted.application_name);
  *preview.mutable_series_rules() = wanted.rules;
  preview.mutable_series_rules()->set_version(version);
  preview.set_created_by(wanted.author.created_by);
  preview.set_comment(wanted.author.comment);
  return preview;
}

}  // namespace

absl::StatusOr<LockedApplication> lock_application(postgres::Connection& connection,
                                                   const std::string& name) {
  // The lock first: a version that another call makes meanwhile is only seen by a statement that
  // begins after it was got.
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result locked,
      connection.execute("SELECT application_key, rules_version FROM registry.application "
                         "WHERE name = $1 FOR UPDATE",
                         {to_param(name)}));
  if (locked.rows() == 0) return unknown_application(name);
  LockedApplication application{locked.int4(0, 0), locked.int8(0, 1), {}};
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result newest,
      connection.execute("SELECT rules FROM registry.series_rules "
                         "WHERE application_key = $1 AND version = $2",
                         {to_param(application.key), to_param(application.version)}));
  if (newest.rows() == 0) {
    return absl::InternalError(
        fmt::format("cannot find the series rules of application \"{}\": version {} is not stored",
                    name, application.version));
  }
  MILLRACE_ASSIGN_OR_RETURN(application.rules, rules_of(newest.bytea(0, 0), name));
  return application;
}

absl::Status add_version(postgres::Connection& connection, std::int32_t application_key,
                         std::int64_t version, const SeriesRules& rules,
                         const VersionAuthor& author) {
  SeriesRules stored = rules;
  stored.clear_version();
  MILLRACE_RETURN_IF_ERROR(connection
                               .execute("INSERT INTO registry.series_rules "
                                        "(application_key, version, rules, created_by, comment) "
                                        "VALUES ($1, $2, $3, $4, $5)",
                                        {to_param(application_key), to_param(version),
                                         postgres::bytea_param(stored.SerializeAsString()),
                                         to_param(author.created_by), to_param(author.comment)})
                               .status());
  return connection
      .execute("DELETE FROM registry.series_rules WHERE application_key = $1 AND version <= $2",
               {to_param(application_key), to_param(version - kKeptVersions)})
      .status();
}

absl::StatusOr<v1::SeriesRulesVersion> SeriesRulesStore::apply(const WantedRules& wanted) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(*connection));
  MILLRACE_ASSIGN_OR_RETURN(const LockedApplication application,
                            lock_application(*connection, wanted.application_name));
  if (application.rules.SerializeAsString() == wanted.rules.SerializeAsString()) {
    return read_version(*connection, wanted.application_name, application.version);
  }
  if (wanted.expected_version != 0 && wanted.expected_version != application.version) {
    return unexpected_version(wanted, application.version);
  }
  if (wanted.validate_only) return preview_of(wanted, application.version);
  const std::int64_t version = application.version + 1;
  MILLRACE_RETURN_IF_ERROR(
      connection
          ->execute(
              "UPDATE registry.application SET rules_version = $2, auto_extract = $3 "
              "WHERE application_key = $1",
              {to_param(application.key), to_param(version), to_param(wanted.rules.auto_extract())})
          .status());
  MILLRACE_RETURN_IF_ERROR(
      add_version(*connection, application.key, version, wanted.rules, wanted.author));
  MILLRACE_ASSIGN_OR_RETURN(v1::SeriesRulesVersion made,
                            read_version(*connection, wanted.application_name, version));
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return made;
}

absl::StatusOr<v1::SeriesRulesVersion> SeriesRulesStore::get(const std::string& application_name,
                                                             std::int64_t version) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  return read_version(*connection, application_name, version);
}

absl::StatusOr<std::vector<v1::SeriesRulesVersion>> SeriesRulesStore::list(
    const std::string& application_name, std::int64_t before, int limit) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  // Rules have up to 256 KiB: those behind the end of a page stay in the database.
  MILLRACE_ASSIGN_OR_RETURN(
      const postgres::Result found,
      connection->execute(
          "SELECT version, rules, created_at, created_by, comment FROM ("
          "SELECT r.*, sum(octet_length(r.rules)) OVER (ORDER BY r.version DESC) "
          "- octet_length(r.rules) AS bytes_before "
          "FROM registry.application a JOIN registry.series_rules r USING (application_key) "
          "WHERE a.name = $1 AND r.version < $2 ORDER BY r.version DESC LIMIT $3) page "
          "WHERE bytes_before <= $4 ORDER BY version DESC",
          {to_param(application_name), to_param(before), to_param(std::int64_t{limit}),
           to_param(static_cast<std::int64_t>(kMaxPageBytes))}));
  std::vector<v1::SeriesRulesVersion> versions;
  for (int row = 0; row < found.rows(); ++row) {
    MILLRACE_ASSIGN_OR_RETURN(versions.emplace_back(), version_of(found, row, application_name));
  }
  return versions;
}

}  // namespace millrace::registry
