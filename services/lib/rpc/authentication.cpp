// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>

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

}  // namespace

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
