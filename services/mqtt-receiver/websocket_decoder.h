// SPDX-License-Identifier: Apache-2.0
//
// The frames of a WebSocket client (RFC 6455) → the bytes that its binary messages carry. No
// socket. An MQTT packet may lie across messages and a message may carry several [MQTT-6.0.0-2], so
// what is between frames means nothing here, and no message is ever kept: its length, which may be
// claimed up to 2^63, needs no bound.
//
// Boost.Beast has these frames too, but only inside a stream that owns reading and writing by
// completion handlers, with a buffer a connection.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::mqtt_receiver {

enum class WebSocketFault {
  kNone,
  kNotBinary,    // a text message [MQTT-6.0.0-1]
  kNotMasked,    // clients must
  kReservedBit,  // of an extension; none was agreed on
  kUnknownOpcode,
  kLength,        // not written as short as it can be, or negative
  kControlFrame,  // in pieces, or too long
  kContinuation,  // of nothing, or missing
  kClosePayload,  // of one byte, or with a code that is none
};

// A phrase for logs.
std::string_view phrase(WebSocketFault fault);

// RFC 6455, 7.4.1.
inline constexpr std::uint16_t kCloseNormal = 1000;
inline constexpr std::uint16_t kCloseProtocolError = 1002;
inline constexpr std::uint16_t kCloseNotBinary = 1003;

// Appends a frame of the server's. A head says how many bytes follow; they are the caller's.
void append_binary_head(std::string& into, std::size_t payload_bytes);
void append_pong(std::string& into, std::string_view payload);  // 125 bytes at most
void append_close(std::string& into, std::uint16_t code);

// Memory: a fixed 160 bytes, and a control frame of at most 125 while one arrives.
class WebSocketDecoder {
 public:
  // Takes bytes as they came, and moves what the binary messages among them carry to the front.
  // Returns how many that are. After an end the rest means nothing and is dropped.
  std::size_t decode(char* bytes, std::size_t size);

  // The payload of the last ping not yet taken: it stands for those before it (RFC 6455, 5.5.3), so
  // that a flood of them is answered once a read.
  std::optional<std::string> take_ping();
  bool has_ping() const { return ping_.has_value(); }

  bool ended() const { return close_code_ != 0; }
  // What to say in a close frame: the client's own code when it closes, ours for a fault; 0 before.
  std::uint16_t close_code() const { return close_code_; }
  WebSocketFault fault() const { return fault_; }

 private:
  enum class Opcode : std::uint8_t {
    kContinuation = 0x0,
    kText = 0x1,
    kBinary = 0x2,
    kClose = 0x8,
    kPing = 0x9,
    kPong = 0xA,
  };

  bool take_head_byte(std::uint8_t byte);
  void check_first_byte(std::uint8_t byte);
  void begin_payload();
  void end_frame();
  void end_control();
  void fail(WebSocketFault fault);
  bool is_control() const { return static_cast<std::uint8_t>(opcode_) >= 0x8; }

  std::array<std::uint8_t, 14> head_ = {};
  std::uint8_t head_bytes_ = 0;   // of head_, so far
  std::uint8_t head_needed_ = 2;  // as far as is known
  bool in_payload_ = false;
  bool in_message_ = false;  // a binary message began and has not ended
  bool final_ = false;       // of this frame
  Opcode opcode_ = Opcode::kBinary;
  std::array<std::uint8_t, 4> mask_ = {};
  std::uint8_t mask_at_ = 0;
  std::uint64_t payload_left_ = 0;

  std::string control_;  // the payload of a control frame
  std::optional<std::string> ping_;
  std::uint16_t close_code_ = 0;
  WebSocketFault fault_ = WebSocketFault::kNone;
};

}  // namespace millrace::mqtt_receiver
