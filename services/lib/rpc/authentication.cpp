// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/rpc/server.h"

namespace millrace::rpc {
namespace {

constexpr std::size_t kMaxKeyBytes = 256;
constexpr char kBearer[] = "authorization";
// As Grafana's plugin "simple grpc datasource" sends it.
constexpr char kBare[] = "api-key";

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

// The key alone, as it stood in the metadata `name`.
absl::StatusOr<std::string> plain_key(std::string_view name, std::string_view key) {
  while (key.starts_with(' ')) key.remove_prefix(1);
  while (key.ends_with(' ')) key.remove_suffix(1);
  if (key.empty() || key.size() > kMaxKeyBytes) {
    return absl::UnauthenticatedError(
        fmt::format("cannot use the API key in metadata \"{}\": it is empty or too long", name));
  }
  return std::string(key);
}

// Every key of the call's metadata, in whichever form.
absl::StatusOr<std::vector<std::string>> keys_of(const grpc::ServerContextBase& context) {
  std::vector<std::string> keys;
  for (const auto& [name, value] : context.client_metadata()) {
    const std::string_view text(value.data(), value.size());
    if (name == kBearer) {
      MILLRACE_ASSIGN_OR_RETURN(keys.emplace_back(), bearer_key(text));
    } else if (name == kBare) {
      MILLRACE_ASSIGN_OR_RETURN(keys.emplace_back(), plain_key(kBare, text));
    }
  }
  return keys;
}

}  // namespace

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
  return plain_key(kBearer, header.substr(kScheme.size()));
}

absl::StatusOr<std::string> presented_key(const grpc::ServerContextBase& context) {
  MILLRACE_ASSIGN_OR_RETURN(const std::vector<std::string> keys, keys_of(context));
  if (keys.empty()) {
    return absl::UnauthenticatedError(
        "cannot answer without an API key: send it as metadata \"authorization: Bearer <key>\" or "
        "\"api-key: <key>\"; the registry writes the first one into its admin-key-file");
  }
  // One of them would decide, and nobody could see which.
  if (std::count(keys.begin(), keys.end(), keys.front()) != static_cast<int>(keys.size())) {
    return absl::UnauthenticatedError(
        "cannot tell which API key to use: metadata \"authorization\" and \"api-key\" hold "
        "different ones; send one of them");
  }
  return sha256(keys.front());
}

absl::StatusOr<Caller> authenticate(const grpc::ServerContextBase& context, KeyVerifier& verifier) {
  MILLRACE_ASSIGN_OR_RETURN(const std::string key, presented_key(context));
  return verifier.verify(key);
}

}  // namespace millrace::rpc
