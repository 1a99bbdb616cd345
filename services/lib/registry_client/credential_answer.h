// SPDX-License-Identifier: Apache-2.0
//
// What the registry says about the credentials of a client, and about the rules of who has to show
// which; registry_answer.h reads it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/registry_client/client_authentication.h"

namespace millrace::registry_client {

struct CredentialAnswer {
  enum class Result { kKnown, kUnknown, kForbidden, kUnavailable };
  Result result = Result::kUnavailable;
  std::int64_t credentials_id = 0;  // with kKnown and kForbidden
  std::string reason;               // for people; empty with kKnown
};

// What receivers must hear of; see ClientAuthenticationResponse.
struct AuthenticationNews {
  AuthenticationRules rules;
  std::int64_t revision = 0;
  std::vector<std::int64_t> revoked_ids;
  bool more_revoked = false;
};

}  // namespace millrace::registry_client
