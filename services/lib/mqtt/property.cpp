// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/property.h"

#include <array>

#include "lib/mqtt/topic.h"

namespace millrace::mqtt {

namespace {

using Id = PropertyId;
using Type = PropertyType;

constexpr PropertyForm kForms[] = {
    {Id::kPayloadFormatIndicator, Type::kByte, "payload-format-indicator", 0, 1},
    {Id::kMessageExpiryInterval, Type::kFourByteInteger, "message-expiry-interval"},
    {Id::kContentType, Type::kText, "content-type"},
    {Id::kResponseTopic, Type::kText, "response-topic"},
    {Id::kCorrelationData, Type::kBinary, "correlation-data"},
    {Id::kSubscriptionIdentifier, Type::kVariableByteInteger, "subscription-identifier", 1},
    {Id::kSessionExpiryInterval, Type::kFourByteInteger, "session-expiry-interval"},
    {Id::kAssignedClientIdentifier, Type::kText, "assigned-client-identifier"},
    {Id::kServerKeepAlive, Type::kTwoByteInteger, "server-keep-alive"},
    {Id::kAuthenticationMethod, Type::kText, "authentication-method"},
    {Id::kAuthenticationData, Type::kBinary, "authentication-data"},
    {Id::kRequestProblemInformation, Type::kByte, "request-problem-information", 0, 1},
    {Id::kWillDelayInterval, Type::kFourByteInteger, "will-delay-interval"},
    {Id::kRequestResponseInformation, Type::kByte, "request-response-information", 0, 1},
    {Id::kResponseInformation, Type::kText, "response-information"},
    {Id::kServerReference, Type::kText, "server-reference"},
    {Id::kReasonString, Type::kText, "reason-string"},
    {Id::kReceiveMaximum, Type::kTwoByteInteger, "receive-maximum", 1},
    {Id::kTopicAliasMaximum, Type::kTwoByteInteger, "topic-alias-maximum"},
    // 0 is an error too, with a reason code of its own: whoever reads PUBLISH looks at it.
    {Id::kTopicAlias, Type::kTwoByteInteger, "topic-alias"},
    {Id::kMaximumQos, Type::kByte, "maximum-qos", 0, 1},
    {Id::kRetainAvailable, Type::kByte, "retain-available", 0, 1},
    {Id::kUserProperty, Type::kTextPair, "user-property"},
    {Id::kMaximumPacketSize, Type::kFourByteInteger, "maximum-packet-size", 1},
    {Id::kWildcardSubscriptionAvailable, Type::kByte, "wildcard-subscription-available", 0, 1},
    {Id::kSubscriptionIdentifierAvailable, Type::kByte, "subscription-identifier-available", 0, 1},
    {Id::kSharedSubscriptionAvailable, Type::kByte, "shared-subscription-available", 0, 1},
};

constexpr std::size_t kIdCount = static_cast<std::size_t>(Id::kSharedSubscriptionAvailable) + 1;

// By number; nullptr in the gaps.
constexpr std::array<const PropertyForm*, kIdCount> kFormOfId = [] {
  std::array<const PropertyForm*, kIdCount> forms{};
  for (const PropertyForm& form : kForms) forms.at(static_cast<std::size_t>(form.id)) = &form;
  return forms;
}();

void read_value(FieldReader& fields, PropertyType type, Property& property) {
  switch (type) {
    case Type::kByte:
      property.number = fields.u8();
      break;
    case Type::kTwoByteInteger:
      property.number = fields.u16();
      break;
    case Type::kFourByteInteger:
      property.number = fields.u32();
      break;
    case Type::kVariableByteInteger:
      property.number = fields.variable_byte_integer();
      break;
    case Type::kText:
      property.text = fields.text();
      break;
    case Type::kBinary:
      property.text = fields.binary();
      break;
    case Type::kTextPair:
      property.pair_name = fields.text();
      property.text = fields.text();
      break;
  }
}

bool is_number(PropertyType type) {
  return type < PropertyType::kText;
}

bool is_value_allowed(const PropertyForm& form, const Property& property) {
  if (is_number(form.type)) {
    return property.number >= form.minimum && property.number <= form.maximum;
  }
  // [MQTT-3.3.2-14], [MQTT-4.7.3-1]
  return form.id != PropertyId::kResponseTopic || is_valid_topic_name(property.text);
}

}  // namespace

const PropertyForm* property_form(std::uint32_t id) {
  return id < kIdCount ? kFormOfId.at(id) : nullptr;
}

Property read_property(FieldReader& fields, PropertySet allowed, PropertySet& seen) {
  Property property;
  const PropertyForm* form = property_form(fields.variable_byte_integer());
  if (fields.fault()) return property;
  if (form == nullptr || !allowed.has(form->id)) {
    fields.fault(Fault::kUnknownProperty);
    return property;
  }
  if (seen.has(form->id) && form->id != PropertyId::kUserProperty) {
    fields.fault(Fault::kRepeatedProperty);
    return property;
  }
  seen.add(form->id);
  property.id = form->id;
  read_value(fields, form->type, property);
  if (!fields.fault() && !is_value_allowed(*form, property)) {
    fields.fault(Fault::kInvalidPropertyValue);
  }
  return property;
}

}  // namespace millrace::mqtt
