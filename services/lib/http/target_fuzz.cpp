// SPDX-License-Identifier: Apache-2.0
//
// libFuzzer target: whatever the bytes, the parts of a request's target are parts of it, hold no
// byte that a URI cannot, and are decoded to at most their own length.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/http/message.h"
#include "lib/http/target.h"

namespace {

bool is_within(std::string_view part, std::string_view whole) {
  return part.empty() || whole.find(part) != std::string_view::npos || part == "/";
}

bool is_printable(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c == '\x7F') return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace millrace::http;
  const std::string_view target(reinterpret_cast<const char*>(bytes), size);
  const std::optional<Target> parts = parse_target(target);
  if (!parts.has_value()) return 0;
  if (!is_within(parts->path, target) || !is_within(parts->query, target)) std::abort();
  if (parts->path != "*" && !parts->path.starts_with('/')) std::abort();
  if (parts->path.find('?') != std::string_view::npos) std::abort();
  if (!is_printable(parts->path) || !is_printable(parts->query)) std::abort();
  std::string decoded;
  if (percent_decode(parts->path, decoded) && decoded.size() > parts->path.size()) std::abort();
  return 0;
}
