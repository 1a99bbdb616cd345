// SPDX-License-Identifier: Apache-2.0
//
// SQL for application versions. Values come checked (field_rules.h).
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/pool.h"
#include "registry/application_store.h"

#include "millrace/registry/v1/registry.pb.h"

namespace millrace::registry {

// Safe to use from any thread.
class AppVersionStore {
 public:
  explicit AppVersionStore(postgres::Pool& pool) : pool_(pool) {}

  absl::StatusOr<v1::AppVersion> create(const v1::CreateAppVersionRequest& request);
  // kNotFound: there is none in `scope`.
  absl::StatusOr<v1::AppVersion> get(const Scope& scope, const std::string& name);
  absl::StatusOr<std::vector<v1::AppVersion>> list(const Scope& scope, const Page& page);

 private:
  postgres::Pool& pool_;
};

}  // namespace millrace::registry
