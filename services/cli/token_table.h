// SPDX-License-Identifier: Apache-2.0
//
// Endpoint tokens in words.
#pragma once

#include <string>

#include "cli/output.h"

#include "millrace/registry/v1/registry.pb.h"

namespace millrace::cli {

// "active", as in TokenState without its prefix.
std::string word(registry::v1::TokenState state);

Table table_of(const registry::v1::Token& token);

}  // namespace millrace::cli
