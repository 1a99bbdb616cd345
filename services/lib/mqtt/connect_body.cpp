// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/connect_body.h"

#include "lib/mqtt/property.h"
#include "lib/mqtt/topic.h"

namespace millrace::mqtt {

namespace {

constexpr PropertySet kConnectProperties{PropertyId::kSessionExpiryInterval,
                                         PropertyId::kReceiveMaximum,
                                         PropertyId::kMaximumPacketSize,
                                         PropertyId::kTopicAliasMaximum,
                                         PropertyId::kRequestResponseInformation,
                                         PropertyId::kRequestProblemInformation,
                                         PropertyId::kUserProperty,
                                         PropertyId::kAuthenticationMethod,
                                         PropertyId::kAuthenticationData};

constexpr PropertySet kWillProperties{
    PropertyId::kWillDelayInterval,     PropertyId::kPayloadFormatIndicator,
    PropertyId::kMessageExpiryInterval, PropertyId::kContentType,
    PropertyId::kResponseTopic,         PropertyId::kCorrelationData,
    PropertyId::kUserProperty};

struct Protocol {
  std::string_view name;
  std::uint8_t level = 0;

  bool is_known() const { return name == "MQTT" || name == "MQIsdp"; }
  bool is_spoken() const {
    return name == "MQTT" ? level == kLevel311 || level == kLevel5
                          : name == "MQIsdp" && level == kLevel31;
  }
};

Protocol read_protocol(FieldReader& fields) {
  Protocol protocol;
  protocol.name = fields.text();
  protocol.level = fields.u8();
  return protocol;
}

struct ConnectFlags {
  explicit ConnectFlags(std::uint8_t byte)
      : reserved((byte & 0x01U) != 0),
        clean_session((byte & 0x02U) != 0),
        will((byte & 0x04U) != 0),
        will_qos(static_cast<std::uint8_t>((byte >> 3U) & 0x03U)),
        will_retain((byte & 0x20U) != 0),
        password((byte & 0x40U) != 0),
        user_name((byte & 0x80U) != 0) {}

  std::optional<Fault> fault(std::uint8_t level) const {
    if (reserved) return Fault::kReservedBits;  // [MQTT-3.1.2-3]
    // Without a will its QoS and RETAIN are 0: [MQTT-3.1.2-13], [MQTT-3.1.2-15]; in MQTT 5
    // [MQTT-3.1.2-11], [MQTT-3.1.2-13].
    if (!will && (will_qos != 0 || will_retain)) return Fault::kMalformedPacket;
    if (will_qos == 3) return Fault::kInvalidQos;  // [MQTT-3.1.2-14]; in MQTT 5 [MQTT-3.1.2-12]
    // [MQTT-3.1.2-22], which MQTT 5 has not.
    if (!user_name && password && level != kLevel5) return Fault::kMalformedPacket;
    return std::nullopt;
  }

  bool reserved;
  bool clean_session;
  bool will;
  std::uint8_t will_qos;
  bool will_retain;
  bool password;
  bool user_name;
};

void read_connect_properties(FieldReader& fields, Connect& connect) {
  bool has_authentication_data = false;
  read_properties(fields, kConnectProperties, [&](const Property& property) {
    switch (property.id) {
      case PropertyId::kSessionExpiryInterval:
        connect.session_expiry_s = property.number;
        break;
      case PropertyId::kReceiveMaximum:
        connect.receive_maximum = static_cast<std::uint16_t>(property.number);
        break;
      case PropertyId::kMaximumPacketSize:
        connect.maximum_packet_bytes = property.number;
        break;
      case PropertyId::kTopicAliasMaximum:
        connect.topic_alias_maximum = static_cast<std::uint16_t>(property.number);
        break;
      case PropertyId::kRequestResponseInformation:
        connect.request_response_information = property.number != 0;
        break;
      case PropertyId::kRequestProblemInformation:
        connect.request_problem_information = property.number != 0;
        break;
      case PropertyId::kAuthenticationMethod:
        connect.authentication_method = property.text;
        break;
      case PropertyId::kAuthenticationData:
        has_authentication_data = true;
        break;
      default:
        break;  // user properties
    }
  });
  // Section 3.1.2.11.10.
  if (has_authentication_data && !connect.authentication_method) {
    fields.fault(Fault::kMissingProperty);
  }
}

Will read_will(FieldReader& fields, const ConnectFlags& flags, std::uint8_t level) {
  Will will;
  will.qos = static_cast<Qos>(flags.will_qos);
  will.retain = flags.will_retain;
  if (level == kLevel5) {
    read_properties(fields, kWillProperties, [&](const Property& property) {
      if (property.id == PropertyId::kWillDelayInterval) will.delay_s = property.number;
    });
  }
  will.topic = fields.text();
  // [MQTT-4.7.1-1], [MQTT-4.7.3-1], in MQTT 5 [MQTT-4.7.0-1] and the latter: it is a topic name.
  if (!fields.fault() && !is_valid_topic_name(will.topic)) fields.fault(Fault::kInvalidTopic);
  will.payload = fields.binary();
  return will;
}

void read_credentials(FieldReader& fields, const ConnectFlags& flags, Connect& connect) {
  // MQTT 3.1, section 3.1: the remaining length takes precedence over these two flags.
  const bool may_be_missing = connect.level == kLevel31;
  if (flags.user_name && !(may_be_missing && fields.at_end())) connect.user_name = fields.text();
  if (flags.password && !(may_be_missing && fields.at_end())) connect.password = fields.binary();
}

}  // namespace

Decoded read_connect(std::string_view body) {
  FieldReader fields(body);
  const Protocol protocol = read_protocol(fields);
  if (fields.fault()) return *fields.fault();
  if (!protocol.is_known()) return Fault::kUnknownProtocol;  // [MQTT-3.1.2-1]
  Connect connect{.level_supported = protocol.is_spoken(), .level = protocol.level};
  // What follows another level is not ours to read [MQTT-3.1.2-2].
  if (!connect.level_supported) return connect;

  const ConnectFlags flags(fields.u8());
  connect.clean_session = flags.clean_session;
  connect.keep_alive_s = fields.u16();
  if (fields.fault()) return *fields.fault();
  if (const auto fault = flags.fault(connect.level)) return *fault;
  if (connect.level == kLevel5) read_connect_properties(fields, connect);
  connect.client_id = fields.text();
  if (flags.will) connect.will = read_will(fields, flags, connect.level);
  read_credentials(fields, flags, connect);
  if (fields.finish()) return *fields.fault();
  return connect;
}

std::optional<std::uint8_t> protocol_level(std::string_view connect_body) {
  FieldReader fields(connect_body);
  const Protocol protocol = read_protocol(fields);
  if (fields.fault() || !protocol.is_spoken()) return std::nullopt;
  return protocol.level;
}

}  // namespace millrace::mqtt
