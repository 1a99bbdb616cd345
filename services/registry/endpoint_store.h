// SPDX-License-Identifier: Apache-2.0
//
// SQL for endpoints. Values come checked (field_rules.h).
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/pool.h"
#include "registry/application_store.h"

#include "millrace/registry/v1/registry.pb.h"

namespace millrace::registry {

struct NewEndpoint {
  std::string app_version_name;
  std::string endpoint_id;
  std::string token_sha256;
};

// Safe to use from any thread.
class EndpointStore {
 public:
  explicit EndpointStore(postgres::Pool& pool) : pool_(pool) {}

  // The endpoint and its first token, both or none.
  absl::StatusOr<v1::Endpoint> create(const Scope& scope, const NewEndpoint& endpoint);
  absl::StatusOr<v1::Endpoint> get(const Scope& scope, const std::string& endpoint_id);
  absl::StatusOr<std::vector<v1::Endpoint>> list(const Scope& scope, const Page& page);

 private:
  postgres::Pool& pool_;
};

}  // namespace millrace::registry
