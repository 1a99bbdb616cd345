// SPDX-License-Identifier: Apache-2.0
//
// The JSON that a request brings. Pure.
#pragma once

#include <string>

#include <absl/status/statusor.h>
#include <rapidjson/document.h>

namespace millrace::gateway {

// Deeper than anything that a request means: brackets within brackets are what a body can say in a
// byte each and costs most.
inline constexpr int kMaxJsonDepth = 32;

// Takes up to ten times as much memory as `text` has bytes. kInvalidArgument: no JSON, no UTF-8, or
// deeper than kMaxJsonDepth; says what and at which byte.
absl::StatusOr<rapidjson::Document> parse_json_body(const std::string& text);

}  // namespace millrace::gateway
