// SPDX-License-Identifier: Apache-2.0
//
// Reads the fields of one packet, or of its properties, one after the other. The first fault stays;
// reading on after it yields zeros and empty views. Views point into the bytes given. Inline: it is
// what a PUBLISH is read with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "lib/mqtt/fault.h"
#include "lib/mqtt/variable_byte_integer.h"
#include "lib/utf8/utf8.h"

namespace millrace::mqtt {

// UTF-8 [MQTT-1.5.3-1] ([MQTT-1.5.4-1] in MQTT 5) without U+0000 [MQTT-1.5.3-2] ([MQTT-1.5.4-2]).
// A byte order mark is a character like any other [MQTT-1.5.3-3] ([MQTT-1.5.4-3]).
inline bool is_text(std::string_view bytes) {
  return utf8::is_valid(bytes) && bytes.find('\0') == std::string_view::npos;
}

class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t u8() {
    const std::string_view bytes = take(1);
    return bytes.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(bytes[0]);
  }
  std::uint16_t u16() {
    const std::string_view bytes = take(2);
    if (bytes.empty()) return 0;
    return static_cast<std::uint16_t>((static_cast<std::uint8_t>(bytes[0]) << 8U) |
                                      static_cast<std::uint8_t>(bytes[1]));
  }
  std::uint32_t u32() {
    const std::uint32_t high = u16();
    return (high << 16U) | u16();
  }
  // Of MQTT 5, in which a longer form than needed is an error [MQTT-1.5.5-1].
  std::uint32_t variable_byte_integer() {
    if (fault_) return 0;
    const VariableByteInteger read = read_variable_byte_integer(rest_);
    if (read.state == VariableByteInteger::State::kCut) fault(Fault::kMalformedPacket);
    if (read.state == VariableByteInteger::State::kTooLong || !read.minimal) {
      fault(Fault::kMalformedLength);
    }
    if (fault_) return 0;
    rest_.remove_prefix(read.bytes);
    return read.value;
  }
  std::string_view binary() { return take(u16()); }
  std::string_view text() {
    const std::string_view bytes = binary();
    if (!is_text(bytes)) fault(Fault::kInvalidText);
    return bytes;
  }
  // Not 0 [MQTT-2.3.1-1] ([MQTT-2.2.1-3], [MQTT-2.2.1-4] in MQTT 5).
  std::uint16_t packet_id() {
    const std::uint16_t id = u16();
    if (id == 0) fault(Fault::kInvalidPacketId);
    return id;
  }
  // The next `count` bytes as they are.
  std::string_view take(std::size_t count) {
    if (fault_) return {};
    if (rest_.size() < count) {
      fault(Fault::kMalformedPacket);
      return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  void fault(Fault reason) {
    if (!fault_) fault_ = reason;
  }
  const std::optional<Fault>& fault() const { return fault_; }
  // The packet should end here.
  const std::optional<Fault>& finish() {
    if (!at_end()) fault(Fault::kMalformedPacket);
    return fault_;
  }

 private:
  std::string_view rest_;
  std::optional<Fault> fault_;
};

}  // namespace millrace::mqtt
