// SPDX-License-Identifier: Apache-2.0
#include "registry/page_token.h"

#include <string_view>

#include "lib/rpc/server.h"

namespace millrace::registry {
namespace {

constexpr std::size_t kSumBytes = 8;
// Hexadecimal; a title of 200 characters may have 800 bytes.
constexpr std::size_t kMaxTokenBytes = 2048;
constexpr std::string_view kDigits = "0123456789abcdef";

// Names hold no NUL, so the parts cannot run into each other. The first one is the form's version.
std::string check_sum(const PageScope& scope, const std::string& last) {
  const std::string_view separator("\0", 1);
  std::string text = "page 1";
  for (const std::string_view part :
       {std::string_view(scope.method), std::string_view(scope.filter), std::string_view(last)}) {
    text += separator;
    text += part;
  }
  return rpc::sha256(text).substr(0, kSumBytes);
}

std::string to_hex(const std::string& bytes) {
  std::string hex;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    hex += kDigits[value >> 4];
    hex += kDigits[value & 0xF];
  }
  return hex;
}

// Empty for what is no hexadecimal text.
std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const std::size_t high = kDigits.find(hex[i]);
    const std::size_t low = kDigits.find(hex[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return {};
    bytes += static_cast<char>(high * 16 + low);
  }
  return hex.size() % 2 == 0 ? bytes : std::string();
}

}  // namespace

std::string make_page_token(const PageScope& scope, const std::string& last) {
  return to_hex(check_sum(scope, last) + last);
}

absl::StatusOr<std::string> read_page_token(const PageScope& scope, const std::string& token) {
  if (token.empty()) return std::string();
  const std::string bytes = token.size() <= kMaxTokenBytes ? from_hex(token) : std::string();
  if (bytes.size() > kSumBytes) {
    std::string last = bytes.substr(kSumBytes);
    if (check_sum(scope, last) == bytes.substr(0, kSumBytes)) return last;
  }
  return absl::InvalidArgumentError(
      "cannot use field page_token: it must be next_page_token of the page before, with the same "
      "filter");
}

}  // namespace millrace::registry
