// SPDX-License-Identifier: Apache-2.0
#include "registry/token.h"

#include "registry/random.h"

namespace millrace::registry {

std::string generate_token() {
  return random_text(20, kLettersAndDigits);
}

bool may_change(v1::TokenState from, v1::TokenState to) {
  switch (to) {
    case v1::TOKEN_STATE_ACTIVE:
    case v1::TOKEN_STATE_SUSPENDED:
      return from != v1::TOKEN_STATE_REVOKED;
    case v1::TOKEN_STATE_REVOKED:
      return true;
    default:
      return false;  // nobody makes a token unused again
  }
}

std::string name_of(v1::TokenState state) {
  switch (state) {
    case v1::TOKEN_STATE_INACTIVE:
      return "inactive";
    case v1::TOKEN_STATE_ACTIVE:
      return "active";
    case v1::TOKEN_STATE_SUSPENDED:
      return "suspended";
    case v1::TOKEN_STATE_REVOKED:
      return "revoked";
    default:
      return "unspecified";
  }
}

}  // namespace millrace::registry
