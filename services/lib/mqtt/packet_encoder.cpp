// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/packet_encoder.h"

#include <algorithm>

#include "lib/mqtt/field_reader.h"
#include "lib/mqtt/property.h"
#include "lib/mqtt/variable_byte_integer.h"
#include "lib/utf8/utf8.h"

namespace millrace::mqtt {

namespace {

constexpr std::size_t kPacketIdBytes = 2;
constexpr std::size_t kReasonCodeBytes = 1;
constexpr std::size_t kLengthPrefixBytes = 2;

void append_byte(std::string& out, std::size_t value) {
  out.push_back(static_cast<char>(value & 0xFFU));
}

void append_u16(std::string& out, std::size_t value) {
  append_byte(out, value >> 8U);
  append_byte(out, value);
}

void append_u32(std::string& out, std::size_t value) {
  append_u16(out, value >> 16U);
  append_u16(out, value);
}

void append_text(std::string& out, std::string_view text) {
  append_u16(out, text.size());
  out.append(text);
}

void append_id(std::string& out, PropertyId id) {
  append_byte(out, static_cast<std::size_t>(id));
}

void append_code(std::string& out, ReasonCode code) {
  append_byte(out, static_cast<std::size_t>(code));
}

std::size_t packet_bytes(std::size_t remaining_length) {
  return 1 + variable_byte_integer_bytes(remaining_length) + remaining_length;
}

// Of one property that is a text or binary data.
std::size_t text_property_bytes(std::string_view text) {
  return 1 + kLengthPrefixBytes + text.size();
}

void append_text_property(std::string& out, PropertyId id, std::string_view text) {
  if (text.empty()) return;
  append_id(out, id);
  append_text(out, text);
}

void append_flag(std::string& out, PropertyId id, std::optional<bool> value) {
  if (!value) return;
  append_id(out, id);
  append_byte(out, *value ? 1 : 0);
}

void append_u16_property(std::string& out, PropertyId id, std::optional<std::uint16_t> value) {
  if (!value) return;
  append_id(out, id);
  append_u16(out, *value);
}

void append_u32_property(std::string& out, PropertyId id, std::optional<std::uint32_t> value) {
  if (!value) return;
  append_id(out, id);
  append_u32(out, *value);
}

// What may be sent of it: a client would have to part over one that is no text.
std::string_view sendable(std::string_view reason_string) {
  if (reason_string.size() > kMaxReasonStringBytes) {
    reason_string = utf8::without_cut_character(reason_string.substr(0, kMaxReasonStringBytes));
  }
  return is_text(reason_string) ? reason_string : std::string_view();
}

// Of CONNACK, in MQTT 3.1 and 3.1.1 (table 3.1).
std::size_t return_code(ReasonCode code) {
  switch (code) {
    case ReasonCode::kSuccess:
      return 0x00;
    case ReasonCode::kUnsupportedProtocolVersion:
      return 0x01;
    case ReasonCode::kClientIdentifierNotValid:
      return 0x02;
    case ReasonCode::kBadUserNameOrPassword:
      return 0x04;
    case ReasonCode::kNotAuthorized:
    case ReasonCode::kBanned:
      return 0x05;
    default:
      return 0x03;
  }
}

std::string connack_properties(const Connack& connack) {
  std::string out;
  append_u32_property(out, PropertyId::kSessionExpiryInterval, connack.session_expiry_s);
  append_u16_property(out, PropertyId::kReceiveMaximum, connack.receive_maximum);
  // A value of 2 is said by leaving it out (section 3.2.2.3.4).
  if (connack.maximum_qos && *connack.maximum_qos != Qos::kExactlyOnce) {
    append_id(out, PropertyId::kMaximumQos);
    append_byte(out, static_cast<std::size_t>(*connack.maximum_qos));
  }
  append_flag(out, PropertyId::kRetainAvailable, connack.retain_available);
  append_u32_property(out, PropertyId::kMaximumPacketSize, connack.maximum_packet_bytes);
  append_text_property(out, PropertyId::kAssignedClientIdentifier, connack.assigned_client_id);
  if (connack.topic_alias_maximum > 0) {
    append_u16_property(out, PropertyId::kTopicAliasMaximum, connack.topic_alias_maximum);
  }
  append_flag(out, PropertyId::kWildcardSubscriptionAvailable,
              connack.wildcard_subscription_available);
  append_flag(out, PropertyId::kSubscriptionIdentifierAvailable,
              connack.subscription_identifier_available);
  append_flag(out, PropertyId::kSharedSubscriptionAvailable, connack.shared_subscription_available);
  append_u16_property(out, PropertyId::kServerKeepAlive, connack.server_keep_alive_s);
  append_text_property(out, PropertyId::kResponseInformation, connack.response_information);
  return out;
}

// What acknowledgements and DISCONNECT end with: reason code and reason string, in the shortest
// form (sections 3.4.2.1, 3.14.2.1). `text` empty: none.
struct Reason {
  ReasonCode code = ReasonCode::kSuccess;
  std::string_view text;

  std::size_t bytes() const {
    if (text.empty()) return code == ReasonCode::kSuccess ? 0 : kReasonCodeBytes;
    const std::size_t property_bytes = text_property_bytes(text);
    return kReasonCodeBytes + variable_byte_integer_bytes(property_bytes) + property_bytes;
  }
  void append_to(std::string& out) const {
    if (bytes() == 0) return;
    append_code(out, code);
    if (text.empty()) return;
    append_variable_byte_integer(out, text_property_bytes(text));
    append_text_property(out, PropertyId::kReasonString, text);
  }
};

// A packet that is `head` and a reason, whose text it may lose for its size.
bool append_with_reason(std::string& out, PacketType type, std::string_view head, Reason reason,
                        std::size_t max_packet_bytes) {
  reason.text = sendable(reason.text);
  if (packet_bytes(head.size() + reason.bytes()) > max_packet_bytes) reason.text = {};
  const std::size_t remaining = head.size() + reason.bytes();
  if (packet_bytes(remaining) > max_packet_bytes) return false;
  // [MQTT-3.6.1-1]: PUBREL has bit 1 set.
  append_fixed_header(out, type, type == PacketType::kPubrel ? 0x02 : 0x00, remaining);
  out.append(head);
  reason.append_to(out);
  return true;
}

// SUBACK and UNSUBACK: packet identifier, in MQTT 5 no properties, and the codes, each of them
// `most` at most.
bool append_codes(std::string& out, PacketType type, std::uint8_t level, std::uint16_t packet_id,
                  const std::vector<ReasonCode>& codes, std::size_t most,
                  std::size_t max_packet_bytes) {
  const bool has_properties = level == kLevel5;
  const std::size_t remaining = kPacketIdBytes + (has_properties ? 1 : 0) + codes.size();
  if (packet_bytes(remaining) > max_packet_bytes) return false;
  append_fixed_header(out, type, 0, remaining);
  append_u16(out, packet_id);
  if (has_properties) append_byte(out, 0);
  for (const ReasonCode code : codes) {
    append_byte(out, std::min(static_cast<std::size_t>(code), most));
  }
  return true;
}

// The properties of a PUBLISH, without their length.
std::size_t publish_property_bytes(const OutgoingPublish& publish) {
  return (publish.payload_is_text ? 2U : 0U) +
         (publish.correlation_data ? text_property_bytes(*publish.correlation_data) : 0);
}

std::size_t publish_remaining_bytes(std::uint8_t level, const OutgoingPublish& publish) {
  std::size_t bytes = kLengthPrefixBytes + publish.topic.size() + publish.topic_suffix.size() +
                      publish.payload.size();
  if (publish.qos != Qos::kAtMostOnce) bytes += kPacketIdBytes;
  if (level == kLevel5) {
    const std::size_t property_bytes = publish_property_bytes(publish);
    bytes += variable_byte_integer_bytes(property_bytes) + property_bytes;
  }
  return bytes;
}

}  // namespace

void append_fixed_header(std::string& out, PacketType type, std::uint8_t flags,
                         std::size_t remaining_length) {
  append_byte(out, (static_cast<std::size_t>(type) << 4U) | flags);
  append_variable_byte_integer(out, remaining_length);
}

bool append_connack(std::string& out, std::uint8_t level, const Connack& connack,
                    std::size_t max_packet_bytes) {
  if (level != kLevel5) {
    append_fixed_header(out, PacketType::kConnack, 0, 2);
    append_byte(out, 0);
    append_byte(out, return_code(connack.reason_code));
    return true;
  }
  const auto remaining = [](std::size_t property_bytes) {
    return 1 + kReasonCodeBytes + variable_byte_integer_bytes(property_bytes) + property_bytes;
  };
  std::string properties = connack_properties(connack);
  const std::string_view reason = sendable(connack.reason_string);
  if (packet_bytes(remaining(properties.size() + text_property_bytes(reason))) <=
      max_packet_bytes) {
    append_text_property(properties, PropertyId::kReasonString, reason);
  }
  if (packet_bytes(remaining(properties.size())) > max_packet_bytes) return false;
  append_fixed_header(out, PacketType::kConnack, 0, remaining(properties.size()));
  append_byte(out, 0);
  append_code(out, connack.reason_code);
  append_variable_byte_integer(out, properties.size());
  out.append(properties);
  return true;
}

bool append_acknowledgement(std::string& out, std::uint8_t level,
                            const Acknowledgement& acknowledgement, std::string_view reason_string,
                            std::size_t max_packet_bytes) {
  const char packet_id[] = {static_cast<char>(acknowledgement.packet_id >> 8U),
                            static_cast<char>(acknowledgement.packet_id & 0xFFU)};
  const Reason reason =
      level == kLevel5 ? Reason{acknowledgement.reason_code, reason_string} : Reason{};
  return append_with_reason(out, acknowledgement.type, {packet_id, kPacketIdBytes}, reason,
                            max_packet_bytes);
}

bool append_suback(std::string& out, std::uint8_t level, std::uint16_t packet_id,
                   const std::vector<ReasonCode>& codes, std::size_t max_packet_bytes) {
  // Before MQTT 5 there is one code for every refusal: 0x80.
  return append_codes(out, PacketType::kSuback, level, packet_id, codes,
                      level == kLevel5 ? 0xFF : 0x80, max_packet_bytes);
}

bool append_unsuback(std::string& out, std::uint8_t level, std::uint16_t packet_id,
                     const std::vector<ReasonCode>& codes, std::size_t max_packet_bytes) {
  return append_codes(out, PacketType::kUnsuback, level, packet_id,
                      level == kLevel5 ? codes : std::vector<ReasonCode>(), 0xFF, max_packet_bytes);
}

void append_pingresp(std::string& out) {
  append_fixed_header(out, PacketType::kPingresp, 0, 0);
}

std::size_t publish_bytes(std::uint8_t level, const OutgoingPublish& publish) {
  return packet_bytes(publish_remaining_bytes(level, publish));
}

void append_publish(std::string& out, std::uint8_t level, const OutgoingPublish& publish) {
  const auto flags = static_cast<std::uint8_t>(static_cast<std::uint8_t>(publish.qos) << 1U);
  append_fixed_header(out, PacketType::kPublish, flags, publish_remaining_bytes(level, publish));
  append_u16(out, publish.topic.size() + publish.topic_suffix.size());
  out.append(publish.topic).append(publish.topic_suffix);
  if (publish.qos != Qos::kAtMostOnce) append_u16(out, publish.packet_id);
  if (level == kLevel5) {
    append_variable_byte_integer(out, publish_property_bytes(publish));
    append_flag(out, PropertyId::kPayloadFormatIndicator,
                publish.payload_is_text ? std::optional(true) : std::nullopt);
    if (publish.correlation_data) {  // also an empty one: it is the client's
      append_id(out, PropertyId::kCorrelationData);
      append_text(out, *publish.correlation_data);
    }
  }
  out.append(publish.payload);
}

bool append_disconnect(std::string& out, ReasonCode reason_code, std::string_view reason_string,
                       std::size_t max_packet_bytes) {
  return append_with_reason(out, PacketType::kDisconnect, {}, {reason_code, reason_string},
                            max_packet_bytes);
}

}  // namespace millrace::mqtt
