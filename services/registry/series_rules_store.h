// SPDX-License-Identifier: Apache-2.0
//
// SQL for the versions of series rules. Rules come checked (lib/series_rules/check.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/pool.h"

#include "millrace/configuration/v1/configuration.pb.h"
#include "millrace/registry/v1/registry.pb.h"

namespace millrace::registry {

inline constexpr std::int64_t kKeptVersions = 1000;

// What a new version says beside its rules.
struct VersionAuthor {
  std::string created_by;  // name of the API key
  std::string comment;
};

struct WantedRules {
  std::string application_name;
  configuration::v1::SeriesRules rules;
  std::int64_t expected_version = 0;  // 0: whichever
  VersionAuthor author;
  bool validate_only = false;
};

// Safe to use from any thread. kNotFound: no such application or version.
class SeriesRulesStore {
 public:
  explicit SeriesRulesStore(postgres::Pool& pool) : pool_(pool) {}

  // The newest version afterwards; with `validate_only` what it would be, with the version of now.
  // Rules equal to the newest make none, whatever `expected_version` says: that is what a repeated
  // call finds. kFailedPrecondition: the newest is not the expected one.
  absl::StatusOr<v1::SeriesRulesVersion> apply(const WantedRules& wanted);

  // `version` 0: the newest.
  absl::StatusOr<v1::SeriesRulesVersion> get(const std::string& application_name,
                                             std::int64_t version);

  // Newest first, those below `before`. At most `limit`, and no more than a page of the API holds
  // and one.
  absl::StatusOr<std::vector<v1::SeriesRulesVersion>> list(const std::string& application_name,
                                                           std::int64_t before, int limit);

 private:
  postgres::Pool& pool_;
};

// An application whose row is locked until the end of the transaction.
struct LockedApplication {
  std::int32_t key = 0;
  std::int64_t version = 0;
  configuration::v1::SeriesRules rules;  // `version` is not set
};
absl::StatusOr<LockedApplication> lock_application(postgres::Connection& connection,
                                                   const std::string& name);

// Makes `rules` the version `version` of the application, within the transaction of the caller, who
// changed registry.application. Removes the version that is too old by now.
absl::Status add_version(postgres::Connection& connection, std::int32_t application_key,
                         std::int64_t version, const configuration::v1::SeriesRules& rules,
                         const VersionAuthor& author);

}  // namespace millrace::registry
