// SPDX-License-Identifier: Apache-2.0
#include "cli/token_table.h"

#include "cli/value_text.h"

namespace millrace::cli {

std::string word(registry::v1::TokenState state) {
  for (const auto& [name, value] : token_states()) {
    if (value == state) return name;
  }
  return "unknown";
}

const std::map<std::string, registry::v1::TokenState>& token_states() {
  static const std::map<std::string, registry::v1::TokenState> all = {
      {"inactive", registry::v1::TOKEN_STATE_INACTIVE},
      {"active", registry::v1::TOKEN_STATE_ACTIVE},
      {"suspended", registry::v1::TOKEN_STATE_SUSPENDED},
      {"revoked", registry::v1::TOKEN_STATE_REVOKED},
  };
  return all;
}

Table table_of(const registry::v1::Token& token) {
  return {{"token_id", "endpoint_id", "state", "created_at", "state_changed_at"},
          {{std::to_string(token.token_id()), token.endpoint_id(), word(token.state()),
            format_time(token.created_at()), format_time(token.state_changed_at())}}};
}

}  // namespace millrace::cli
