// SPDX-License-Identifier: Apache-2.0
//
// The numbers of one to four bytes that MQTT has for lengths, and MQTT 5 for some properties
// (MQTT 3.1.1, section 2.2.3; MQTT 5, section 1.5.5): seven bits a byte, the lowest first; the top
// bit says that another byte follows. Pure, and inline: each packet has one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::mqtt {

inline constexpr std::size_t kMaxVariableByteInteger = 268'435'455;
inline constexpr std::size_t kMaxVariableByteIntegerBytes = 4;

struct VariableByteInteger {
  enum class State : std::uint8_t {
    kWhole,
    kCut,      // the bytes end before it does
    kTooLong,  // its fourth byte says that another one follows
  };
  State state = State::kCut;
  bool minimal = true;  // false: fewer bytes would have done [MQTT-1.5.5-1]
  std::size_t bytes = 0;
  std::uint32_t value = 0;
};

// What `bytes` begin with. Only of a whole one are `bytes`, `value` and `minimal` set.
inline VariableByteInteger read_variable_byte_integer(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < kMaxVariableByteIntegerBytes; ++i) {
    if (i == bytes.size()) return {};
    const auto byte = static_cast<std::uint8_t>(bytes[i]);
    value |= static_cast<std::uint32_t>(byte & 0x7FU) << (7 * i);
    if ((byte & 0x80U) == 0) {
      return {.state = VariableByteInteger::State::kWhole,
              .minimal = i == 0 || byte != 0,
              .bytes = i + 1,
              .value = value};
    }
  }
  return {.state = VariableByteInteger::State::kTooLong};
}

// How many bytes `value` takes, which is kMaxVariableByteInteger at most.
inline std::size_t variable_byte_integer_bytes(std::size_t value) {
  std::size_t bytes = 1;
  for (; value > 0x7FU; value >>= 7U) ++bytes;
  return bytes;
}

// In its shortest form. `value` is kMaxVariableByteInteger at most.
inline void append_variable_byte_integer(std::string& out, std::size_t value) {
  for (; value > 0x7FU; value >>= 7U) out.push_back(static_cast<char>((value & 0x7FU) | 0x80U));
  out.push_back(static_cast<char>(value));
}

}  // namespace millrace::mqtt
