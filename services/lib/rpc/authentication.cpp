// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/rpc/server.h"

namespace millrace::rpc {
namespace {

constexpr std::size_t kMaxKeyBytes = 256;

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

std::string_view role_name(Role role) {
  switch (role) {
    case Role::kReader:
      return "reader";
    case Role::kOperator:
      return "operator";
    case Role::kAdmin:
      break;
  }
  return "admin";
}

}  // namespace

bool Caller::may_use(std::string_view application_name) const {
  return !is_bound() || std::find(application_names.begin(), application_names.end(),
                                  application_name) != application_names.end();
}

absl::Status require(const Caller& caller, Role role) {
  if (caller.role >= role) return absl::OkStatus();
  return absl::PermissionDeniedError(
      fmt::format("the API key {} has the role {}, this needs {}: use a key with that role",
                  caller.key_name, role_name(caller.role), role_name(role)));
}

absl::StatusOr<std::string> bearer_key(std::string_view header) {
  constexpr std::string_view kScheme = "Bearer ";
  if (!equal_ignoring_case(header.substr(0, kScheme.size()), kScheme)) {
    return absl::UnauthenticatedError(
        "cannot read metadata \"authorization\": it must be \"Bearer <key>\"");
  }
  std::string_view key = header.substr(kScheme.size());
  while (key.starts_with(' ')) key.remove_prefix(1);
  while (key.ends_with(' ')) key.remove_suffix(1);
  if (key.empty() || key.size() > kMaxKeyBytes) {
    return absl::UnauthenticatedError(
        "cannot use the API key in metadata \"authorization\": it is empty or too long");
  }
  return std::string(key);
}

absl::StatusOr<Caller> authenticate(const grpc::ServerContext& context, KeyVerifier& verifier) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find("authorization");
  if (found == metadata.end()) {
    return absl::UnauthenticatedError(
        "cannot answer without an API key: send it as metadata \"authorization: Bearer <key>\"; "
        "the registry writes the first one into its admin-key-file");
  }
  MILLRACE_ASSIGN_OR_RETURN(const std::string key,
                            bearer_key({found->second.data(), found->second.size()}));
  return verifier.verify(sha256(key));
}

}  // namespace millrace::rpc
