// SPDX-License-Identifier: Apache-2.0
//
// Endpoint tokens: what a device puts into its path to say who it is.
#pragma once

#include <string>

#include "millrace/registry/v1/registry.pb.h"

namespace millrace::registry {

// 20 letters and digits: 119 bits.
std::string generate_token();

// Whether an operator may bring a token with `from` to `to`. The state it has already is allowed,
// so that a call whose answer was lost can be repeated. Revoked is for ever.
bool may_change(v1::TokenState from, v1::TokenState to);

// "inactive", "active", "suspended", "revoked".
std::string name_of(v1::TokenState state);

}  // namespace millrace::registry
