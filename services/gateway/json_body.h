// SPDX-License-Identifier: Apache-2.0
//
// The JSON that a request brings. Pure.
#pragma once

#include <string>

#include <absl/status/statusor.h>
#include <rapidjson/document.h>

namespace millrace::gateway {

// Takes some ten times as much memory as `text` has bytes, and no stack however deep it goes.
// kInvalidArgument: no JSON, or no UTF-8; says what and at which byte.
absl::StatusOr<rapidjson::Document> parse_json_body(const std::string& text);

}  // namespace millrace::gateway
