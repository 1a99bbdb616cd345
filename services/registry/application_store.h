// SPDX-License-Identifier: Apache-2.0
//
// SQL for applications. Values come checked (field_rules.h).
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/pool.h"
#include "registry/scope.h"
#include "registry/series_rules_store.h"

#include "millrace/registry/v1/registry.pb.h"

namespace millrace::registry {

// Which part of a list: what comes after `after` in order of name.
struct Page {
  std::string after;
  int limit = 0;
};

// Safe to use from any thread.
class ApplicationStore {
 public:
  explicit ApplicationStore(postgres::Pool& pool) : pool_(pool) {}

  // With the first version of its series rules, by `author`.
  absl::StatusOr<v1::Application> create(const v1::CreateApplicationRequest& request,
                                         const VersionAuthor& author);
  absl::StatusOr<v1::Application> get(const std::string& name);
  absl::StatusOr<std::vector<v1::Application>> list(const Scope& scope, const Page& page);
  // Makes a version of the series rules when they change by it.
  absl::StatusOr<v1::Application> update(const v1::UpdateApplicationRequest& request,
                                         const VersionAuthor& author);

 private:
  postgres::Pool& pool_;
};

// kNotFound for an application of this name.
absl::Status unknown_application(const std::string& name);

}  // namespace millrace::registry
