// SPDX-License-Identifier: Apache-2.0
//
// SQL for endpoints. Values come checked (field_rules.h).
#pragma once

#include <cstdint>
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

// Which endpoints a list has: those that meet everything that is set.
struct EndpointFilter {
  Scope scope = Scope::all();
  std::string search;            // contained in the id, whatever the case of letters
  std::string app_version_name;  // one that exists in `scope`
  v1::TokenState token_state = v1::TOKEN_STATE_UNSPECIFIED;  // of at least one token
};

// Which of some endpoints are not of the application that has a version.
struct EndpointCheck {
  std::string application_name;  // empty: there is no such version
  std::vector<std::string> unknown_ids;
};

inline constexpr int kMaxCountedEndpoints = 100'000;

// Safe to use from any thread.
class EndpointStore {
 public:
  explicit EndpointStore(postgres::Pool& pool) : pool_(pool) {}

  // The endpoint and its first token, both or none.
  absl::StatusOr<v1::Endpoint> create(const Scope& scope, const NewEndpoint& endpoint);
  absl::StatusOr<v1::Endpoint> get(const Scope& scope, const std::string& endpoint_id);
  absl::StatusOr<std::vector<v1::Endpoint>> list(const EndpointFilter& filter, const Page& page);
  // The endpoint as it is now; its tokens are those whose upload rules have changed.
  absl::StatusOr<v1::Endpoint> set_quota(const Scope& scope,
                                         const v1::SetEndpointQuotaRequest& request);
  // How many a list has, at most kMaxCountedEndpoints.
  absl::StatusOr<std::int32_t> count(const EndpointFilter& filter);
  absl::StatusOr<EndpointCheck> check(const std::string& app_version_name,
                                      const std::vector<std::string>& endpoint_ids);

 private:
  postgres::Pool& pool_;
};

}  // namespace millrace::registry
