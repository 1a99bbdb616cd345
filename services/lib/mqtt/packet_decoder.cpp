// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/packet_decoder.h"

#include <algorithm>

#include "lib/mqtt/connect_body.h"
#include "lib/mqtt/publish_body.h"
#include "lib/mqtt/reason_body.h"
#include "lib/mqtt/subscribe_body.h"
#include "lib/mqtt/variable_byte_integer.h"

namespace millrace::mqtt {

namespace {

// A buffer of this size is kept whatever is in it. Small, because there are thousands of idle
// connections: what a busy one allocates for a packet in two pieces is little beside reading it.
constexpr std::size_t kKeptBufferBytes = 256;

}  // namespace

void PacketDecoder::feed(std::string_view bytes) {
  if (window_.empty()) {
    buffer_.clear();
    window_ = bytes;
    borrowed_ = true;
    return;
  }
  retain();
  buffer_.append(bytes);
  window_ = buffer_;
}

void PacketDecoder::retain() {
  drop_skipped();
  if (borrowed_) {
    buffer_.assign(window_);
    borrowed_ = false;
  } else {
    buffer_.erase(0, buffer_.size() - window_.size());
  }
  // What held a large packet is given back when it holds the beginning of a small one, or nothing:
  // most connections are idle.
  if (buffer_.capacity() > kKeptBufferBytes + 4 * buffer_.size()) buffer_.shrink_to_fit();
  window_ = buffer_;
}

std::size_t PacketDecoder::held_bytes() const {
  return buffer_.capacity() + aliases_.held_bytes() +
         (skipped_ == nullptr ? 0 : sizeof(Skipped) + skipped_->head.capacity());
}

Decoded PacketDecoder::fail(Fault reason) {
  error_ = reason;
  window_ = {};
  skipped_.reset();
  return reason;
}

Decoded PacketDecoder::next() {
  if (error_) return *error_;
  if (is_skipping()) return go_on_skipping();
  drop_skipped();
  const HeaderOrNot read = read_fixed_header();
  if (std::holds_alternative<NeedMoreBytes>(read)) return NeedMoreBytes{};
  if (const auto* reason = std::get_if<Fault>(&read)) return fail(*reason);
  const auto& header = std::get<FixedHeader>(read);
  if (const auto reason = check_length(header)) return fail(*reason);
  if (header.type == PacketType::kPublish && header.total_bytes() > limits_.max_packet_bytes) {
    return begin_skipping(header);
  }
  if (window_.size() < header.total_bytes()) return NeedMoreBytes{};

  const std::string_view body = window_.substr(header.header_bytes, header.remaining_bytes);
  window_.remove_prefix(header.total_bytes());
  Decoded packet = read_body(header, body);
  if (const auto* reason = std::get_if<Fault>(&packet)) return fail(*reason);
  return packet;
}

PacketDecoder::HeaderOrNot PacketDecoder::read_fixed_header() const {
  if (window_.empty()) return NeedMoreBytes{};
  const auto first = static_cast<std::uint8_t>(window_[0]);
  const auto type = static_cast<PacketType>(first >> 4U);
  const auto flags = static_cast<std::uint8_t>(first & 0x0FU);
  if (const auto reason = check_type(type, flags)) return *reason;
  const VariableByteInteger length = read_variable_byte_integer(window_.substr(1));
  switch (length.state) {
    case VariableByteInteger::State::kCut:
      return NeedMoreBytes{};
    case VariableByteInteger::State::kTooLong:
      return Fault::kMalformedLength;
    case VariableByteInteger::State::kWhole:
      break;
  }
  // [MQTT-1.5.5-1], which earlier levels have not: some of their clients reserve four bytes.
  if (!length.minimal && level_ == kLevel5) return Fault::kMalformedLength;
  return FixedHeader{.type = type,
                     .flags = flags,
                     .header_bytes = 1 + length.bytes,
                     .remaining_bytes = length.value};
}

std::optional<Fault> PacketDecoder::check_type(PacketType type, std::uint8_t flags) const {
  const bool connect = type == PacketType::kConnect;
  if (!connected_ && !connect) return Fault::kFirstPacketNotConnect;  // [MQTT-3.1.0-1]
  if (connected_ && connect) return Fault::kSecondConnect;            // [MQTT-3.1.0-2]
  switch (type) {
    case PacketType::kConnect:
    case PacketType::kPublish:
    case PacketType::kPuback:
    case PacketType::kPubrec:
    case PacketType::kPubrel:
    case PacketType::kPubcomp:
    case PacketType::kSubscribe:
    case PacketType::kUnsubscribe:
    case PacketType::kPingreq:
    case PacketType::kDisconnect:
      return check_flags(type, flags);
    case PacketType::kAuth:
      if (level_ == kLevel5) return check_flags(type, flags);
      return Fault::kUnexpectedPacket;
    default:
      return Fault::kUnexpectedPacket;
  }
}

std::optional<Fault> PacketDecoder::check_flags(PacketType type, std::uint8_t flags) const {
  if (type == PacketType::kPublish) {
    const unsigned qos = (flags >> 1U) & 0x03U;
    if (qos == 3) return Fault::kInvalidQos;                            // [MQTT-3.3.1-4]
    if (qos == 0 && (flags & 0x08U) != 0) return Fault::kReservedBits;  // [MQTT-3.3.1-2]
    return std::nullopt;
  }
  // MQTT 3.1 calls these bits unused, and has DUP in a repeated SUBSCRIBE or PUBREL.
  if (level_ == kLevel31) return std::nullopt;
  const bool has_bit_1 = type == PacketType::kPubrel || type == PacketType::kSubscribe ||
                         type == PacketType::kUnsubscribe;
  // [MQTT-2.2.2-2], in MQTT 5 [MQTT-2.1.3-1]; [MQTT-3.6.1-1], [MQTT-3.8.1-1], [MQTT-3.10.1-1],
  // [MQTT-3.14.1-1], [MQTT-3.15.1-1]
  if (flags != (has_bit_1 ? 0x02 : 0x00)) return Fault::kReservedBits;
  return std::nullopt;
}

std::optional<Fault> PacketDecoder::check_length(const FixedHeader& header) const {
  const std::size_t remaining = header.remaining_bytes;
  bool is_possible = true;
  std::size_t limit = limits_.max_packet_bytes;
  switch (header.type) {
    case PacketType::kPublish:
      return std::nullopt;  // over the limit it is skipped
    case PacketType::kPingreq:
      is_possible = remaining == 0;
      break;
    case PacketType::kDisconnect:
      is_possible = remaining == 0 || level_ == kLevel5;
      break;
    case PacketType::kPuback:
    case PacketType::kPubrec:
    case PacketType::kPubrel:
    case PacketType::kPubcomp:
      is_possible = remaining == 2 || (remaining > 2 && level_ == kLevel5);
      break;
    case PacketType::kConnect:
      limit = limits_.max_connect_bytes;
      break;
    default:
      break;
  }
  if (!is_possible) return Fault::kMalformedPacket;
  if (header.total_bytes() > limit) return Fault::kPacketTooLarge;
  return std::nullopt;
}

Decoded PacketDecoder::read_body(const FixedHeader& header, std::string_view body) {
  if (header.type == PacketType::kConnect) return read_first_packet(header, body);
  const std::uint8_t level = level_.value_or(kLevel311);
  switch (header.type) {
    case PacketType::kPublish:
      return read_publish(level, header.flags, body, aliases_);
    case PacketType::kPuback:
    case PacketType::kPubrec:
    case PacketType::kPubrel:
    case PacketType::kPubcomp:
      return read_acknowledgement(level, header.type, body);
    case PacketType::kSubscribe:
      return read_subscribe(level, body, limits_.max_subscriptions);
    case PacketType::kUnsubscribe:
      return read_unsubscribe(level, body, limits_.max_subscriptions);
    case PacketType::kPingreq:
      return Pingreq{};
    case PacketType::kDisconnect:
      return read_disconnect(level, body);
    case PacketType::kAuth:
      return read_auth(body);
    default:
      return Fault::kUnexpectedPacket;  // check_type() let none of these through
  }
}

Decoded PacketDecoder::read_first_packet(const FixedHeader& header, std::string_view body) {
  connected_ = true;
  level_ = protocol_level(body);
  // Here the fixed header was read before its level was known.
  const bool minimal = header.header_bytes == 1 + variable_byte_integer_bytes(body.size());
  if (!minimal && level_ == kLevel5) return Fault::kMalformedLength;
  return read_connect(body);
}

Decoded PacketDecoder::begin_skipping(const FixedHeader& header) {
  // Everything but the payload is wanted for the answer.
  const std::uint8_t level = level_.value_or(kLevel311);
  const std::string_view rest = window_.substr(header.header_bytes);
  const auto read = publish_head_bytes(level, header.flags, rest);
  if (std::holds_alternative<NeedMoreBytes>(read)) return NeedMoreBytes{};
  if (const auto* reason = std::get_if<Fault>(&read)) return fail(*reason);
  const std::size_t head_bytes = std::get<std::size_t>(read);
  if (head_bytes > header.remaining_bytes) return fail(Fault::kMalformedPacket);
  if (header.header_bytes + head_bytes > limits_.max_packet_bytes) {
    return fail(Fault::kPacketTooLarge);
  }
  if (rest.size() < head_bytes) return NeedMoreBytes{};

  skipped_ = std::make_unique<Skipped>();
  skipped_->head.assign(rest.substr(0, head_bytes));
  const Decoded head = read_publish(level, header.flags, skipped_->head, aliases_);
  if (const auto* reason = std::get_if<Fault>(&head)) return fail(*reason);
  skipped_->publish = std::get<Publish>(head);
  // Not 0: the head alone is within the limit.
  skipped_->remaining_bytes = header.remaining_bytes - head_bytes;
  skipped_->publish.skipped_bytes = skipped_->remaining_bytes;
  window_.remove_prefix(header.header_bytes + head_bytes);
  return go_on_skipping();
}

// Up to max_packet_bytes, which a connection that says nothing more would hold for ever.
void PacketDecoder::drop_skipped() {
  if (!is_skipping()) skipped_.reset();
}

Decoded PacketDecoder::go_on_skipping() {
  const std::size_t skipped = std::min(skipped_->remaining_bytes, window_.size());
  window_.remove_prefix(skipped);
  skipped_->remaining_bytes -= skipped;
  if (is_skipping()) return NeedMoreBytes{};
  return skipped_->publish;
}

}  // namespace millrace::mqtt
