// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/packet_decoder.h"

#include <algorithm>

#include "lib/mqtt/packet_body.h"

namespace millrace::mqtt {

namespace {

// A buffer of this size is kept whatever is in it.
constexpr std::size_t kKeptBufferBytes = 4096;

// Bytes of a remaining length (section 2.2.3).
constexpr std::size_t kMaxLengthBytes = 4;

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
  drop_skipped_topic();
  if (borrowed_) {
    buffer_.assign(window_);
    borrowed_ = false;
  } else {
    buffer_.erase(0, buffer_.size() - window_.size());
  }
  // What held a large packet is given back when it holds the beginning of a small one, or nothing:
  // most connections are idle. By swap, because assigning keeps the capacity.
  if (buffer_.capacity() > kKeptBufferBytes + 4 * buffer_.size())
    std::string(buffer_).swap(buffer_);
  window_ = buffer_;
}

Decoded PacketDecoder::fail(Fault reason) {
  error_ = reason;
  window_ = {};
  skipping_ = false;
  return reason;
}

Decoded PacketDecoder::next() {
  if (error_) return *error_;
  if (skipping_) return go_on_skipping();
  drop_skipped_topic();
  const HeaderOrNot read = read_fixed_header();
  if (std::holds_alternative<NeedMoreBytes>(read)) return NeedMoreBytes{};
  if (const auto* reason = std::get_if<Fault>(&read)) return fail(*reason);
  const auto& header = std::get<FixedHeader>(read);
  if (const auto reason = check_length(header)) return fail(*reason);
  if (header.total_bytes() > limits_.max_packet_bytes) return begin_skipping(header);
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
  FixedHeader header{.type = static_cast<PacketType>(first >> 4U),
                     .flags = static_cast<std::uint8_t>(first & 0x0FU)};
  if (const auto reason = check_type(header.type, header.flags)) return *reason;
  for (std::size_t i = 0; i < kMaxLengthBytes; ++i) {
    if (window_.size() < 2 + i) return NeedMoreBytes{};
    const auto byte = static_cast<std::uint8_t>(window_[1 + i]);
    header.remaining_bytes |= static_cast<std::size_t>(byte & 0x7FU) << (7 * i);
    if ((byte & 0x80U) == 0) {
      header.header_bytes = 2 + i;
      return header;
    }
  }
  return Fault::kMalformedLength;
}

std::optional<Fault> PacketDecoder::check_type(PacketType type, std::uint8_t flags) const {
  const bool connect = type == PacketType::kConnect;
  if (!level_ && !connect) return Fault::kFirstPacketNotConnect;  // [MQTT-3.1.0-1]
  if (level_ && connect) return Fault::kSecondConnect;            // [MQTT-3.1.0-2]
  switch (type) {
    case PacketType::kConnect:
    case PacketType::kPublish:
    case PacketType::kPuback:
    case PacketType::kSubscribe:
    case PacketType::kUnsubscribe:
    case PacketType::kPingreq:
    case PacketType::kDisconnect:
      return check_flags(type, flags);
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
  // MQTT 3.1 calls these bits unused, and has DUP in a repeated SUBSCRIBE.
  if (level_ == kLevel31) return std::nullopt;
  const bool subscribing = type == PacketType::kSubscribe || type == PacketType::kUnsubscribe;
  // [MQTT-2.2.2-2], [MQTT-3.8.1-1], [MQTT-3.10.1-1]
  if (flags != (subscribing ? 0x02 : 0x00)) return Fault::kReservedBits;
  return std::nullopt;
}

std::optional<Fault> PacketDecoder::check_length(const FixedHeader& header) const {
  const std::size_t remaining = header.remaining_bytes;
  switch (header.type) {
    case PacketType::kPingreq:
    case PacketType::kDisconnect:
      return remaining == 0 ? std::nullopt : std::optional(Fault::kMalformedPacket);
    case PacketType::kPuback:
      return remaining == 2 ? std::nullopt : std::optional(Fault::kMalformedPacket);
    case PacketType::kPublish:
      return std::nullopt;
    case PacketType::kConnect:
      return header.total_bytes() <= limits_.max_connect_bytes
                 ? std::nullopt
                 : std::optional(Fault::kPacketTooLarge);
    default:
      return header.total_bytes() <= limits_.max_packet_bytes
                 ? std::nullopt
                 : std::optional(Fault::kPacketTooLarge);
  }
}

Decoded PacketDecoder::read_body(const FixedHeader& header, std::string_view body) {
  switch (header.type) {
    case PacketType::kConnect: {
      Decoded connect = read_connect(body);
      if (const auto* read = std::get_if<Connect>(&connect)) level_ = read->level;
      return connect;
    }
    case PacketType::kPublish:
      return read_publish(header.flags, body);
    case PacketType::kPuback:
      return read_puback(body);
    case PacketType::kSubscribe:
      return read_subscribe(body, limits_.max_subscriptions);
    case PacketType::kUnsubscribe:
      return read_unsubscribe(body, limits_.max_subscriptions);
    case PacketType::kPingreq:
      return Pingreq{};
    case PacketType::kDisconnect:
      return Disconnect{};
    default:
      return Fault::kUnexpectedPacket;  // check_type() let none of these through
  }
}

Decoded PacketDecoder::begin_skipping(const FixedHeader& header) {
  // Topic and packet identifier are wanted for the answer: at most 64 KiB.
  if (window_.size() < header.header_bytes + 2) return NeedMoreBytes{};
  const auto high = static_cast<std::uint8_t>(window_[header.header_bytes]);
  const auto low = static_cast<std::uint8_t>(window_[header.header_bytes + 1]);
  const std::size_t topic_bytes = (std::size_t{high} << 8U) | low;
  const std::size_t id_bytes = (header.flags & 0x06U) != 0 ? 2 : 0;
  const std::size_t head_bytes = 2 + topic_bytes + id_bytes;
  if (head_bytes > header.remaining_bytes) return fail(Fault::kMalformedPacket);
  if (window_.size() < header.header_bytes + head_bytes) return NeedMoreBytes{};

  const Decoded head = read_publish(header.flags, window_.substr(header.header_bytes, head_bytes));
  if (const auto* reason = std::get_if<Fault>(&head)) return fail(*reason);
  skipped_ = std::get<Publish>(head);
  skipped_topic_.assign(skipped_.topic);
  skipped_.topic = {};
  skipped_.skipped_bytes = header.remaining_bytes - head_bytes;
  skip_remaining_bytes_ = skipped_.skipped_bytes;
  skipping_ = true;
  window_.remove_prefix(header.header_bytes + head_bytes);
  return go_on_skipping();
}

// Up to 64 KiB, which a connection that says nothing more would hold for ever.
void PacketDecoder::drop_skipped_topic() {
  if (!skipping_) std::string().swap(skipped_topic_);
}

Decoded PacketDecoder::go_on_skipping() {
  const std::size_t skipped = std::min(skip_remaining_bytes_, window_.size());
  window_.remove_prefix(skipped);
  skip_remaining_bytes_ -= skipped;
  if (skip_remaining_bytes_ > 0) return NeedMoreBytes{};
  skipping_ = false;
  Publish publish = skipped_;
  publish.topic = skipped_topic_;
  return publish;
}

}  // namespace millrace::mqtt
