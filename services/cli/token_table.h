// SPDX-License-Identifier: Apache-2.0
//
// Endpoint tokens, and the states that they share with client credentials, in words.
#pragma once

#include <map>
#include <string>

#include "cli/output.h"

#include "millrace/registry/v1/registry.pb.h"

namespace millrace::cli {

// "active", as in TokenState without its prefix.
std::string word(registry::v1::TokenState state);
// Each word and its state.
const std::map<std::string, registry::v1::TokenState>& token_states();

Table table_of(const registry::v1::Token& token);

}  // namespace millrace::cli
