// SPDX-License-Identifier: Apache-2.0
//
// The target of a request (RFC 9112, 3.2), taken apart. Pure.
#pragma once

#include <optional>
#include <string_view>

namespace millrace::http {

// Both still percent-encoded; they point into the target.
struct Target {
  std::string_view path;   // /a/b; "*" of OPTIONS *; "/" where an absolute target has none
  std::string_view query;  // behind the first ?, without it
};

// Origin form (/a?b), absolute form (http://host/a?b) and "*"; a fragment is cut off. nullopt: no
// such form (also host:port of CONNECT), or a character that a URI cannot have (RFC 3986).
std::optional<Target> parse_target(std::string_view target);

}  // namespace millrace::http
