// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/publish_body.h"

#include <optional>

#include "lib/mqtt/property.h"
#include "lib/mqtt/topic.h"

namespace millrace::mqtt {

namespace {

// The subscription identifier is one that only servers send.
constexpr PropertySet kPublishProperties{PropertyId::kPayloadFormatIndicator,
                                         PropertyId::kMessageExpiryInterval,
                                         PropertyId::kTopicAlias,
                                         PropertyId::kResponseTopic,
                                         PropertyId::kCorrelationData,
                                         PropertyId::kUserProperty,
                                         PropertyId::kSubscriptionIdentifier,
                                         PropertyId::kContentType};

Qos qos_of(std::uint8_t flags) {
  return static_cast<Qos>((flags >> 1U) & 0x03U);
}

// Returns the topic alias.
std::optional<std::uint16_t> read_publish_properties(FieldReader& fields, Publish& publish) {
  std::optional<std::uint16_t> alias;
  read_properties(fields, kPublishProperties, [&](const Property& property) {
    switch (property.id) {
      case PropertyId::kPayloadFormatIndicator:
        publish.payload_is_text = property.number == 1;
        break;
      case PropertyId::kTopicAlias:
        alias = static_cast<std::uint16_t>(property.number);
        break;
      case PropertyId::kResponseTopic:
        publish.response_topic = property.text;
        break;
      case PropertyId::kCorrelationData:
        publish.correlation_data = property.text;
        break;
      case PropertyId::kSubscriptionIdentifier:
        fields.fault(Fault::kUnexpectedProperty);  // [MQTT-3.3.4-6]
        break;
      case PropertyId::kUserProperty:
        if (publish.traceparent.empty() && property.pair_name == "traceparent") {
          publish.traceparent = property.text;
        }
        break;
      default:
        break;
    }
  });
  return alias;
}

}  // namespace

Decoded read_publish(std::uint8_t level, std::uint8_t flags, std::string_view body,
                     TopicAliases& aliases) {
  FieldReader fields(body);
  Publish publish;
  publish.dup = (flags & 0x08U) != 0;
  publish.retain = (flags & 0x01U) != 0;
  publish.qos = qos_of(flags);
  publish.topic = fields.text();
  // Empty: an alias may follow.
  const bool may_be_alias = level == kLevel5 && publish.topic.empty();
  if (!may_be_alias && !fields.fault() && !is_valid_topic_name(publish.topic)) {
    fields.fault(Fault::kInvalidTopic);
  }
  if (publish.qos != Qos::kAtMostOnce) publish.packet_id = fields.packet_id();
  std::optional<std::uint16_t> alias;
  if (level == kLevel5) alias = read_publish_properties(fields, publish);
  if (fields.fault()) return *fields.fault();
  publish.payload = fields.rest();
  if (alias) {
    if (const auto fault = aliases.resolve(*alias, publish.topic)) return *fault;
  } else if (may_be_alias) {
    return Fault::kMissingTopic;
  }
  return publish;
}

std::variant<NeedMoreBytes, Fault, std::size_t> publish_head_bytes(std::uint8_t level,
                                                                   std::uint8_t flags,
                                                                   std::string_view first_bytes) {
  FieldReader fields(first_bytes);
  const std::size_t topic_bytes = fields.u16();
  if (fields.fault()) return NeedMoreBytes{};
  const std::size_t fixed_bytes = 2 + topic_bytes + (qos_of(flags) != Qos::kAtMostOnce ? 2U : 0U);
  if (level != kLevel5) return fixed_bytes;
  if (first_bytes.size() < fixed_bytes) return NeedMoreBytes{};
  const VariableByteInteger properties =
      read_variable_byte_integer(first_bytes.substr(fixed_bytes));
  switch (properties.state) {
    case VariableByteInteger::State::kCut:
      return NeedMoreBytes{};
    case VariableByteInteger::State::kTooLong:
      return Fault::kMalformedLength;
    case VariableByteInteger::State::kWhole:
      break;
  }
  return fixed_bytes + properties.bytes + properties.value;
}

}  // namespace millrace::mqtt
