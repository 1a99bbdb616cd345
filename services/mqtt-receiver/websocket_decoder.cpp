// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/websocket_decoder.h"

#include <algorithm>
#include <utility>

namespace millrace::mqtt_receiver {

namespace {

constexpr std::uint8_t kFinal = 0x80;
constexpr std::uint8_t kReserved = 0x70;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::size_t kMaxControlBytes = 125;
// In the place of a length: it follows in 2 bytes, in 8 bytes.
constexpr std::uint8_t kLength16 = 126;
constexpr std::uint8_t kLength64 = 127;

// Those that may stand in a frame: others are reserved, or mean that there was none.
bool is_close_code(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

void append_number(std::string& into, std::uint64_t number, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    into.push_back(static_cast<char>(number >> static_cast<unsigned>(shift) & 0xFFU));
  }
}

}  // namespace

std::string_view phrase(WebSocketFault fault) {
  switch (fault) {
    case WebSocketFault::kNone:
      return "none";
    case WebSocketFault::kNotBinary:
      return "a text message, MQTT needs binary ones";
    case WebSocketFault::kNotMasked:
      return "a frame without a mask";
    case WebSocketFault::kReservedBit:
      return "a frame of an extension that was not agreed on";
    case WebSocketFault::kUnknownOpcode:
      return "a frame of an unknown kind";
    case WebSocketFault::kLength:
      return "a length that is not written as it must be";
    case WebSocketFault::kControlFrame:
      return "a control frame in pieces or of over 125 bytes";
    case WebSocketFault::kContinuation:
      return "a message that does not go on as it began";
    case WebSocketFault::kClosePayload:
      return "a close frame with a code that is none";
  }
  return "none";
}

void append_binary_head(std::string& into, std::size_t payload_bytes) {
  into.push_back(static_cast<char>(kFinal | 0x2));
  if (payload_bytes < kLength16) {
    into.push_back(static_cast<char>(payload_bytes));
  } else if (payload_bytes <= 0xFFFF) {
    into.push_back(static_cast<char>(kLength16));
    append_number(into, payload_bytes, 2);
  } else {
    into.push_back(static_cast<char>(kLength64));
    append_number(into, payload_bytes, 8);
  }
}

void append_pong(std::string& into, std::string_view payload) {
  into.push_back(static_cast<char>(kFinal | 0xA));
  into.push_back(static_cast<char>(payload.size()));
  into.append(payload);
}

void append_close(std::string& into, std::uint16_t code) {
  into.push_back(static_cast<char>(kFinal | 0x8));
  into.push_back(2);
  append_number(into, code, 2);
}

std::size_t WebSocketDecoder::decode(char* bytes, std::size_t size) {
  std::size_t at = 0;
  std::size_t carried = 0;
  while (at < size && !ended()) {
    if (!in_payload_) {
      if (take_head_byte(static_cast<std::uint8_t>(bytes[at++]))) begin_payload();
      continue;
    }
    const std::size_t count = std::min<std::uint64_t>(payload_left_, size - at);
    for (std::size_t i = 0; i < count; ++i) {
      bytes[at + i] = static_cast<char>(bytes[at + i] ^ mask_[(mask_at_ + i) & 3U]);
    }
    if (is_control()) {
      control_.append(bytes + at, count);
    } else {
      if (carried != at) std::copy_n(bytes + at, count, bytes + carried);
      carried += count;
    }
    at += count;
    mask_at_ = static_cast<std::uint8_t>((mask_at_ + count) & 3U);
    payload_left_ -= count;
    if (payload_left_ == 0) end_frame();
  }
  return carried;
}

std::optional<std::string> WebSocketDecoder::take_ping() {
  return std::exchange(ping_, std::nullopt);
}

// Whether the head is complete.
bool WebSocketDecoder::take_head_byte(std::uint8_t byte) {
  head_[head_bytes_++] = byte;
  if (head_bytes_ == 1) check_first_byte(byte);
  if (head_bytes_ == 2) {
    const std::uint8_t length = byte & ~kMasked;
    if ((byte & kMasked) == 0) fail(WebSocketFault::kNotMasked);
    if (is_control() && length > kMaxControlBytes) fail(WebSocketFault::kControlFrame);
    head_needed_ = static_cast<std::uint8_t>(2 + 4);
    if (length == kLength16) head_needed_ += 2;
    if (length == kLength64) head_needed_ += 8;
  }
  return !ended() && head_bytes_ == head_needed_;
}

void WebSocketDecoder::check_first_byte(std::uint8_t byte) {
  if ((byte & kReserved) != 0) return fail(WebSocketFault::kReservedBit);
  final_ = (byte & kFinal) != 0;
  opcode_ = static_cast<Opcode>(byte & 0x0FU);
  switch (opcode_) {
    case Opcode::kContinuation:
      if (!in_message_) fail(WebSocketFault::kContinuation);
      return;
    case Opcode::kText:
      return fail(WebSocketFault::kNotBinary);
    case Opcode::kBinary:
      if (in_message_) fail(WebSocketFault::kContinuation);
      return;
    case Opcode::kClose:
    case Opcode::kPing:
    case Opcode::kPong:
      if (!final_) fail(WebSocketFault::kControlFrame);
      return;
  }
  fail(WebSocketFault::kUnknownOpcode);
}

void WebSocketDecoder::begin_payload() {
  const std::size_t length_bytes = head_needed_ - 2U - 4U;
  payload_left_ = head_[1] & ~kMasked;
  if (length_bytes > 0) {
    payload_left_ = 0;
    for (std::size_t i = 0; i < length_bytes; ++i)
      payload_left_ = payload_left_ << 8U | head_[2 + i];
    const std::uint64_t least = length_bytes == 2 ? kLength16 : 0x10000;
    if (payload_left_ < least || payload_left_ >> 63U != 0) return fail(WebSocketFault::kLength);
  }
  std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(2 + length_bytes), 4, mask_.begin());
  mask_at_ = 0;
  in_payload_ = true;
  if (payload_left_ == 0) end_frame();
}

void WebSocketDecoder::end_frame() {
  in_payload_ = false;
  head_bytes_ = 0;
  head_needed_ = 2;
  if (is_control()) {
    end_control();
  } else {
    in_message_ = !final_;
  }
}

void WebSocketDecoder::end_control() {
  std::string payload = std::exchange(control_, {});
  if (opcode_ == Opcode::kPing) ping_ = std::move(payload);
  if (opcode_ != Opcode::kClose) return;
  if (payload.empty()) {
    close_code_ = kCloseNormal;
    return;
  }
  if (payload.size() < 2) return fail(WebSocketFault::kClosePayload);
  const auto code = static_cast<std::uint16_t>(static_cast<std::uint8_t>(payload[0]) << 8U |
                                               static_cast<std::uint8_t>(payload[1]));
  if (!is_close_code(code)) return fail(WebSocketFault::kClosePayload);
  close_code_ = code;
}

void WebSocketDecoder::fail(WebSocketFault fault) {
  if (ended()) return;
  fault_ = fault;
  close_code_ = fault == WebSocketFault::kNotBinary ? kCloseNotBinary : kCloseProtocolError;
}

}  // namespace millrace::mqtt_receiver
