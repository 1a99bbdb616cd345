// SPDX-License-Identifier: Apache-2.0
#include "cli/token_table.h"

#include "cli/value_text.h"

namespace millrace::cli {

std::string word(registry::v1::TokenState state) {
  switch (state) {
    case registry::v1::TOKEN_STATE_INACTIVE:
      return "inactive";
    case registry::v1::TOKEN_STATE_ACTIVE:
      return "active";
    case registry::v1::TOKEN_STATE_SUSPENDED:
      return "suspended";
    case registry::v1::TOKEN_STATE_REVOKED:
      return "revoked";
    default:
      return "unknown";
  }
}

Table table_of(const registry::v1::Token& token) {
  return {{"token_id", "endpoint_id", "state", "created_at", "state_changed_at"},
          {{std::to_string(token.token_id()), token.endpoint_id(), word(token.state()),
            format_time(token.created_at()), format_time(token.state_changed_at())}}};
}

}  // namespace millrace::cli
