// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/utf8.h"

#include <cstddef>
#include <cstdint>

namespace millrace::mqtt_receiver {

namespace {

bool is_continuation(std::uint8_t byte) {
  return (byte & 0xC0U) == 0x80U;
}

// The bounds of the second byte for a lead byte (RFC 3629, section 4): what rules out overlong
// forms, surrogates and code points above U+10FFFF.
bool is_second_byte(std::uint8_t lead, std::uint8_t second) {
  switch (lead) {
    case 0xE0:
      return second >= 0xA0 && second <= 0xBF;
    case 0xED:
      return second >= 0x80 && second <= 0x9F;
    case 0xF0:
      return second >= 0x90 && second <= 0xBF;
    case 0xF4:
      return second >= 0x80 && second <= 0x8F;
    default:
      return is_continuation(second);
  }
}

// Bytes of the character that `lead` begins; 0: nothing begins so.
std::size_t character_bytes(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

}  // namespace

bool is_valid_text(std::string_view bytes) {
  const auto at = [&](std::size_t index) { return static_cast<std::uint8_t>(bytes[index]); };
  std::size_t i = 0;
  while (i < bytes.size()) {
    const std::uint8_t lead = at(i);
    if (lead == 0) return false;
    const std::size_t length = character_bytes(lead);
    if (length == 0 || bytes.size() - i < length) return false;
    if (length >= 2 && !is_second_byte(lead, at(i + 1))) return false;
    if (length >= 3 && !is_continuation(at(i + 2))) return false;
    if (length == 4 && !is_continuation(at(i + 3))) return false;
    i += length;
  }
  return true;
}

}  // namespace millrace::mqtt_receiver
