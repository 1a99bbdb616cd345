// SPDX-License-Identifier: Apache-2.0
#include "load/mqtt_bytes.h"

namespace millrace::load {
namespace {

constexpr std::uint8_t kReceiveMaximum = 0x21;
constexpr std::uint8_t kTopicAliasMaximum = 0x22;
constexpr std::uint8_t kTopicAlias = 0x23;
constexpr std::uint8_t kMaximumQos = 0x24;

void append_u16(std::string& out, std::size_t value) {
  out.push_back(static_cast<char>((value >> 8U) & 0xffU));
  out.push_back(static_cast<char>(value & 0xffU));
}

void append_length(std::string& out, std::size_t length) {
  do {
    auto byte = static_cast<unsigned char>(length % 128);
    length /= 128;
    if (length > 0) byte = static_cast<unsigned char>(byte | 0x80U);
    out.push_back(static_cast<char>(byte));
  } while (length > 0);
}

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::optional<std::uint16_t> take_u16(std::string_view& bytes) {
  if (bytes.size() < 2) return std::nullopt;
  const auto value = static_cast<std::uint16_t>(byte_at(bytes, 0) * 256 + byte_at(bytes, 1));
  bytes.remove_prefix(2);
  return value;
}

Take take_length(std::string_view& bytes, std::size_t& length) {
  length = 0;
  for (std::size_t at = 0; at < 4; ++at) {
    if (at == bytes.size()) return Take::kIncomplete;
    const std::uint8_t digit = byte_at(bytes, at);
    length |= static_cast<std::size_t>(digit & 0x7fU) << (7 * at);
    if (digit < 0x80) {
      bytes.remove_prefix(at + 1);
      return Take::kPacket;
    }
  }
  return Take::kMalformed;
}

// How long the value of a CONNACK's property is; nullopt: cut short, or no such property.
std::optional<std::size_t> value_size(std::uint8_t property, std::string_view value) {
  const auto text = [](std::string_view bytes) -> std::optional<std::size_t> {
    const std::optional<std::uint16_t> size = take_u16(bytes);
    if (!size) return std::nullopt;
    return std::size_t{2} + *size;
  };
  switch (property) {
    case kMaximumQos:
    case 0x25:  // retain available
    case 0x28:  // wildcard subscriptions
    case 0x29:  // subscription identifiers
    case 0x2a:  // shared subscriptions
      return 1;
    case 0x13:  // server keep alive
    case kReceiveMaximum:
    case kTopicAliasMaximum:
      return 2;
    case 0x11:  // session expiry
    case 0x27:  // maximum packet size
      return 4;
    case 0x12:  // assigned client identifier
    case 0x15:  // authentication method
    case 0x16:  // authentication data
    case 0x1a:  // response information
    case 0x1c:  // server reference
    case 0x1f:  // reason string
      return text(value);
    case 0x26: {  // user property: two texts
      const std::optional<std::size_t> name = text(value);
      if (!name || *name > value.size()) return std::nullopt;
      const std::optional<std::size_t> rest = text(value.substr(*name));
      if (!rest) return std::nullopt;
      return *name + *rest;
    }
    default:
      return std::nullopt;
  }
}

void note(Connack& connack, std::uint8_t property, std::string_view value) {
  if (property == kMaximumQos) connack.maximum_qos = byte_at(value, 0);
  if (property == kReceiveMaximum) connack.receive_maximum = *take_u16(value);
  if (property == kTopicAliasMaximum) connack.topic_alias_maximum = *take_u16(value);
}

bool parse_properties(std::string_view bytes, Connack& connack) {
  std::size_t length = 0;
  if (take_length(bytes, length) != Take::kPacket || length != bytes.size()) return false;
  while (!bytes.empty()) {
    const std::uint8_t property = byte_at(bytes, 0);
    bytes.remove_prefix(1);
    const std::optional<std::size_t> size = value_size(property, bytes);
    if (!size || *size > bytes.size()) return false;
    note(connack, property, bytes.substr(0, *size));
    bytes.remove_prefix(*size);
  }
  return true;
}

}  // namespace

std::string connect_packet(MqttVersion version, std::string_view client_id,
                           std::uint16_t keep_alive) {
  std::string body("\x00\x04MQTT", 6);
  body.push_back(static_cast<char>(version));
  body.push_back('\x02');  // clean session
  append_u16(body, keep_alive);
  if (version == MqttVersion::k5) body.push_back('\x00');  // no properties
  append_u16(body, client_id.size());
  body += client_id;
  std::string packet("\x10");
  append_length(packet, body.size());
  return packet + body;
}

void append_acknowledgement(std::string& out, PacketType type, std::uint16_t packet_id) {
  // The flags of PUBREL are 0010 [MQTT-3.6.1-1].
  out.push_back(static_cast<char>((type << 4U) | (type == kPubrel ? 2U : 0U)));
  out.push_back('\x02');
  append_u16(out, packet_id);
}

PublishTemplate::PublishTemplate(std::string_view topic, const Payload& payload,
                                 const Options& options) {
  std::string head;
  const std::string_view written = options.alias_known ? std::string_view() : topic;
  append_u16(head, written.size());
  head += written;
  const std::size_t packet_id_offset = head.size();
  if (options.qos > 0) append_u16(head, 0);
  if (options.version == MqttVersion::k5) {
    head.push_back(options.topic_alias > 0 ? '\x03' : '\x00');
    if (options.topic_alias > 0) {
      head.push_back(static_cast<char>(kTopicAlias));
      append_u16(head, options.topic_alias);
    }
  }
  bytes_.push_back(
      static_cast<char>((kPublish << 4U) | (static_cast<unsigned>(options.qos) << 1U)));
  append_length(bytes_, head.size() + payload.text.size());
  if (options.qos > 0) packet_id_at_ = bytes_.size() + packet_id_offset;
  bytes_ += head;
  if (payload.number_at) number_at_ = bytes_.size() + *payload.number_at;
  bytes_ += payload.text;
}

void PublishTemplate::append_to(std::string& out, std::uint16_t packet_id,
                                std::int64_t number) const {
  const std::size_t at = out.size();
  out += bytes_;
  if (packet_id_at_) {
    out[at + *packet_id_at_] = static_cast<char>(packet_id >> 8U);
    out[at + *packet_id_at_ + 1] = static_cast<char>(packet_id & 0xffU);
  }
  if (number_at_) write_number(number, out.data() + at + *number_at_);
}

Take take_packet(std::string_view& bytes, ServerPacket& packet) {
  if (bytes.size() < 2) return Take::kIncomplete;
  std::string_view rest = bytes.substr(1);
  std::size_t length = 0;
  const Take taken = take_length(rest, length);
  if (taken != Take::kPacket) return taken;
  if (rest.size() < length) return Take::kIncomplete;
  packet = {byte_at(bytes, 0), rest.substr(0, length)};
  bytes = rest.substr(length);
  return Take::kPacket;
}

std::optional<Connack> parse_connack(MqttVersion version, std::string_view body) {
  if (body.size() < 2) return std::nullopt;
  Connack connack;
  connack.reason = byte_at(body, 1);
  body.remove_prefix(2);
  // A server that does not know version 5 answers in the form of 3.1.1.
  const bool has_properties = version == MqttVersion::k5 && !body.empty();
  if (has_properties && !parse_properties(body, connack)) return std::nullopt;
  return connack;
}

std::optional<Acknowledgement> parse_acknowledgement(std::string_view body) {
  const std::optional<std::uint16_t> packet_id = take_u16(body);
  if (!packet_id) return std::nullopt;
  // MQTT 3.1.1 has no reason; MQTT 5 leaves out that of success.
  return Acknowledgement{*packet_id, body.empty() ? std::uint8_t{0} : byte_at(body, 0)};
}

std::optional<std::uint16_t> packet_id_of_publish(std::string_view body) {
  const std::optional<std::uint16_t> topic_size = take_u16(body);
  if (!topic_size || body.size() < *topic_size) return std::nullopt;
  body.remove_prefix(*topic_size);
  return take_u16(body);
}

}  // namespace millrace::load
