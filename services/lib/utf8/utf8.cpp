// SPDX-License-Identifier: Apache-2.0
#include "lib/utf8/utf8.h"

#include <cstdint>

namespace millrace::utf8 {
namespace {

constexpr std::size_t kMaxCharacterBytes = 4;

bool is_continuation(char c) {
  return (static_cast<std::uint8_t>(c) & 0xC0U) == 0x80U;
}

// How many bytes a character that begins with `lead` has; 0: none begins so.
std::size_t length_after(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

// Whether a continuation byte may be the second one (RFC 3629, section 4): what rules out overlong
// forms, surrogates and code points above U+10FFFF.
bool may_follow(std::uint8_t lead, std::uint8_t second) {
  switch (lead) {
    case 0xE0:
      return second >= 0xA0;
    case 0xED:
      return second <= 0x9F;
    case 0xF0:
      return second >= 0x90;
    case 0xF4:
      return second <= 0x8F;
    default:
      return true;
  }
}

}  // namespace

std::size_t character_length(std::string_view bytes) {
  if (bytes.empty()) return 0;
  const auto lead = static_cast<std::uint8_t>(bytes[0]);
  const std::size_t length = length_after(lead);
  if (length > bytes.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(bytes[i])) return 0;
  }
  return length < 2 || may_follow(lead, static_cast<std::uint8_t>(bytes[1])) ? length : 0;
}

bool is_valid(std::string_view bytes) {
  while (!bytes.empty()) {
    // Most text that devices send is ASCII.
    const std::size_t length =
        static_cast<std::uint8_t>(bytes[0]) < 0x80 ? 1 : character_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string with_replacements(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t length = character_length(bytes);
    text += length == 0 ? kReplacement : bytes.substr(0, length);
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
  return text;
}

std::string_view without_cut_character(std::string_view bytes) {
  for (std::size_t back = 1; back < kMaxCharacterBytes && back <= bytes.size(); ++back) {
    const char c = bytes[bytes.size() - back];
    if (is_continuation(c)) continue;
    const bool is_cut = length_after(static_cast<std::uint8_t>(c)) > back;
    return is_cut ? bytes.substr(0, bytes.size() - back) : bytes;
  }
  return bytes;
}

}  // namespace millrace::utf8
