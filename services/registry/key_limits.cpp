// SPDX-License-Identifier: Apache-2.0
#include "registry/key_limits.h"

#include <set>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "registry/field_rules.h"

namespace millrace::registry {
namespace {

constexpr char kNames[] = "application_names";

absl::Status check_application_names(const v1::CreateApiKeyRequest& request) {
  if (request.application_names_size() > kMaxBoundApplications) {
    return absl::InvalidArgumentError(
        fmt::format("cannot use field {}: it has {} names, at most {} are allowed; bind the key to "
                    "none for all applications",
                    kNames, request.application_names_size(), kMaxBoundApplications));
  }
  std::set<std::string> seen;
  for (const std::string& name : request.application_names()) {
    MILLRACE_RETURN_IF_ERROR(check_name(kNames, name));
    if (!seen.insert(name).second) {
      return absl::InvalidArgumentError(
          fmt::format("cannot use field {}: it names \"{}\" twice", kNames, name));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<KeyLimits> check_limits(const v1::CreateApiKeyRequest& request) {
  MILLRACE_RETURN_IF_ERROR(check_application_names(request));
  const bool is_bound = request.application_names_size() > 0;
  KeyLimits limits;
  limits.application_names = {request.application_names().begin(),
                              request.application_names().end()};
  switch (request.role()) {
    case identity::v1::API_KEY_ROLE_UNSPECIFIED:
      limits.role = is_bound ? rpc::Role::kReader : rpc::Role::kAdmin;
      return limits;
    case identity::v1::API_KEY_ROLE_READER:
    case identity::v1::API_KEY_ROLE_OPERATOR:
      limits.role = role_of(static_cast<std::int16_t>(request.role()));
      return limits;
    case identity::v1::API_KEY_ROLE_ADMIN:
      if (!is_bound) return limits;
      return absl::InvalidArgumentError(fmt::format(
          "cannot use field {} with the role admin: it makes applications and keys, so it cannot "
          "be bound; leave it empty, or choose the role operator or reader",
          kNames));
    default:
      return absl::InvalidArgumentError(
          fmt::format("cannot use field role {}: it must be READER, OPERATOR or ADMIN",
                      static_cast<int>(request.role())));
  }
}

rpc::Role role_of(std::int16_t number) {
  switch (number) {
    case identity::v1::API_KEY_ROLE_OPERATOR:
      return rpc::Role::kOperator;
    case identity::v1::API_KEY_ROLE_ADMIN:
      return rpc::Role::kAdmin;
    default:
      return rpc::Role::kReader;
  }
}

identity::v1::ApiKeyRole to_message(rpc::Role role) {
  switch (role) {
    case rpc::Role::kReader:
      return identity::v1::API_KEY_ROLE_READER;
    case rpc::Role::kOperator:
      return identity::v1::API_KEY_ROLE_OPERATOR;
    case rpc::Role::kAdmin:
      break;
  }
  return identity::v1::API_KEY_ROLE_ADMIN;
}

}  // namespace millrace::registry
