// SPDX-License-Identifier: Apache-2.0
//
// SQL for dashboards. Values come checked (dashboard_rules.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/pool.h"
#include "registry/application_store.h"

#include "millrace/registry/v1/dashboard.pb.h"

namespace millrace::registry {

inline constexpr int kMaxDashboardsPerApplication = 1000;

struct WantedDashboard {
  std::string dashboard_id;
  // Empty: whichever, where the dashboard exists already.
  std::string application_name;
  v1::Dashboard dashboard;            // title and widgets
  std::int64_t expected_version = 0;  // 0: whichever
  std::string author;                 // name of the API key
};

// Safe to use from any thread. kNotFound: there is none of this id in `scope`.
class DashboardStore {
 public:
  explicit DashboardStore(postgres::Pool& pool) : pool_(pool) {}

  // kNotFound: no such application; kFailedPrecondition: it has as many as it may have.
  absl::StatusOr<v1::Dashboard> create(const WantedDashboard& wanted);
  // What is stored afterwards. Where that is what was stored already nothing changes, whatever
  // `expected_version` says: that is what a repeated call finds. kFailedPrecondition: another
  // version than the expected one; kInvalidArgument: it is of another application.
  absl::StatusOr<v1::Dashboard> update(const Scope& scope, const WantedDashboard& wanted);
  absl::StatusOr<v1::Dashboard> get(const Scope& scope, const std::string& dashboard_id);
  // In order of title, then of id; without widgets. `page.after`: position_of() an entry.
  absl::StatusOr<std::vector<v1::Dashboard>> list(const std::string& application_name,
                                                  const Page& page);
  // The name of its application.
  absl::StatusOr<std::string> remove(const Scope& scope, const std::string& dashboard_id);

 private:
  postgres::Pool& pool_;
};

// Where a list goes on behind this entry.
std::string position_of(const v1::Dashboard& dashboard);

}  // namespace millrace::registry
