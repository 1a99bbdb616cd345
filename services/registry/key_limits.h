// SPDX-License-Identifier: Apache-2.0
//
// What an API key may do: its role, and the applications it is bound to. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/rpc/server.h"

#include "millrace/identity/v1/api_key.pb.h"
#include "millrace/registry/v1/registry.pb.h"

namespace millrace::registry {

inline constexpr int kMaxBoundApplications = 100;

struct KeyLimits {
  rpc::Role role = rpc::Role::kAdmin;
  // Empty: all. Never of an admin.
  std::vector<std::string> application_names;
};

// kInvalidArgument names the field. Whether the applications exist is not looked at.
absl::StatusOr<KeyLimits> check_limits(const v1::CreateApiKeyRequest& request);

// The number of a role in the table is that of the message. One that is not known, of a newer
// program, may read.
rpc::Role role_of(std::int16_t number);
identity::v1::ApiKeyRole to_message(rpc::Role role);

}  // namespace millrace::registry
