// SPDX-License-Identifier: Apache-2.0
//
// For tests and fuzzers: what a client of a WebSocket sends, as bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::mqtt_receiver::websocket_bytes {

inline constexpr std::uint8_t kText = 0x1;
inline constexpr std::uint8_t kBinary = 0x2;
inline constexpr std::uint8_t kClose = 0x8;
inline constexpr std::uint8_t kPing = 0x9;
inline constexpr std::uint8_t kPong = 0xA;

struct Frame {
  std::string_view payload = {};
  std::uint8_t opcode = kBinary;
  bool final = true;
  std::string_view mask = "\x12\x34\x56\x78";  // 4 bytes
};

inline std::string frame(const Frame& frame) {
  std::string bytes(1, static_cast<char>((frame.final ? 0x80 : 0) | frame.opcode));
  const std::size_t size = frame.payload.size();
  const int length_bytes = size < 126 ? 0 : (size <= 0xFFFF ? 2 : 8);
  const std::size_t first = length_bytes == 0 ? size : (length_bytes == 2 ? 126 : 127);
  bytes.push_back(static_cast<char>(0x80 | first));
  for (int i = length_bytes - 1; i >= 0; --i) {
    bytes.push_back(static_cast<char>(size >> static_cast<unsigned>(8 * i) & 0xFFU));
  }
  bytes += frame.mask;
  for (std::size_t i = 0; i < size; ++i) {
    bytes.push_back(static_cast<char>(frame.payload[i] ^ frame.mask[i % 4]));
  }
  return bytes;
}

// A request that is answered with 101.
inline std::string upgrade(std::string_view subprotocols = "mqtt", std::string_view path = "/ws") {
  std::string head = "GET ";
  head += path;
  head +=
      " HTTP/1.1\r\nHost: localhost:8083\r\nUpgrade: websocket\r\nConnection: keep-alive, "
      "Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Protocol: ";
  head += subprotocols;
  head += "\r\n\r\n";
  return head;
}

}  // namespace millrace::mqtt_receiver::websocket_bytes
