// SPDX-License-Identifier: Apache-2.0
#include "lib/http/target.h"

#include <algorithm>
#include <array>

namespace millrace::http {
namespace {

// Of path and query: unreserved, sub-delims, and : @ / ? % (RFC 3986, 3.3 and 3.4).
constexpr std::array<bool, 256> kAllowed = [] {
  std::array<bool, 256> allowed{};
  for (int c = 'a'; c <= 'z'; ++c) allowed[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) allowed[static_cast<std::size_t>(c)] = true;
  for (int c = '0'; c <= '9'; ++c) allowed[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view("-._~!$&'()*+,;=:@/?%")) {
    allowed[static_cast<unsigned char>(c)] = true;
  }
  return allowed;
}();

bool has_scheme(std::string_view target) {
  return target.find("://") < target.find_first_of("/?");
}

}  // namespace

std::optional<Target> parse_target(std::string_view target) {
  target = target.substr(0, target.find('#'));
  if (target == "*") return Target{target, {}};
  const bool absolute = !target.starts_with('/') && has_scheme(target);
  if (absolute) {
    target.remove_prefix(target.find("://") + 3);
    target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
  }
  if (!absolute && !target.starts_with('/')) return std::nullopt;
  if (!std::all_of(target.begin(), target.end(),
                   [](char c) { return kAllowed[static_cast<unsigned char>(c)]; })) {
    return std::nullopt;
  }
  const std::size_t mark = target.find('?');
  Target parts{target.substr(0, mark), {}};
  if (mark != std::string_view::npos) parts.query = target.substr(mark + 1);
  if (parts.path.empty()) parts.path = "/";
  return parts;
}

}  // namespace millrace::http
