// SPDX-License-Identifier: Apache-2.0
//
// The properties of MQTT 5 (section 2.2.2): their numbers, their forms, and how those that a packet
// carries are read. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "lib/mqtt/field_reader.h"

namespace millrace::mqtt {

// Table 2-4.
enum class PropertyId : std::uint8_t {
  kPayloadFormatIndicator = 0x01,
  kMessageExpiryInterval = 0x02,
  kContentType = 0x03,
  kResponseTopic = 0x08,
  kCorrelationData = 0x09,
  kSubscriptionIdentifier = 0x0B,
  kSessionExpiryInterval = 0x11,
  kAssignedClientIdentifier = 0x12,
  kServerKeepAlive = 0x13,
  kAuthenticationMethod = 0x15,
  kAuthenticationData = 0x16,
  kRequestProblemInformation = 0x17,
  kWillDelayInterval = 0x18,
  kRequestResponseInformation = 0x19,
  kResponseInformation = 0x1A,
  kServerReference = 0x1C,
  kReasonString = 0x1F,
  kReceiveMaximum = 0x21,
  kTopicAliasMaximum = 0x22,
  kTopicAlias = 0x23,
  kMaximumQos = 0x24,
  kRetainAvailable = 0x25,
  kUserProperty = 0x26,
  kMaximumPacketSize = 0x27,
  kWildcardSubscriptionAvailable = 0x28,
  kSubscriptionIdentifierAvailable = 0x29,
  kSharedSubscriptionAvailable = 0x2A,
};

enum class PropertyType : std::uint8_t {
  kByte,
  kTwoByteInteger,
  kFourByteInteger,
  kVariableByteInteger,
  kText,
  kBinary,
  kTextPair,
};

struct PropertyForm {
  PropertyId id;
  PropertyType type;
  std::string_view name;  // as the specification's, in small letters with hyphens
  // Of numbers; any other value is a protocol error.
  std::uint32_t minimum = 0;
  std::uint32_t maximum = 0xFFFF'FFFF;
};

// nullptr: no property has this number.
const PropertyForm* property_form(std::uint32_t id);

// A set of properties, as those that a kind of packet may carry.
class PropertySet {
 public:
  constexpr PropertySet() = default;
  constexpr PropertySet(std::initializer_list<PropertyId> ids) {
    for (const PropertyId id : ids) add(id);
  }
  constexpr void add(PropertyId id) { bits_ |= bit(id); }
  constexpr bool has(PropertyId id) const { return (bits_ & bit(id)) != 0; }

 private:
  static constexpr std::uint64_t bit(PropertyId id) {
    return std::uint64_t{1} << static_cast<unsigned>(id);
  }
  std::uint64_t bits_ = 0;
};

// One property of a packet.
struct Property {
  PropertyId id = PropertyId::kUserProperty;
  std::uint32_t number = 0;    // of the four types of numbers
  std::string_view text;       // of texts, binary data, and the value of a pair
  std::string_view pair_name;  // of a pair
};

// The next property of `fields`, which faults when it is not of `allowed`, when `seen` has it
// already and it is no user property, and when its value breaks a rule. Adds it to `seen`.
Property read_property(FieldReader& fields, PropertySet allowed, PropertySet& seen);

// Reads the properties of a packet, their length first, and hands each to `keep(const Property&)`,
// which may fault `fields`.
template <typename Keep>
void read_properties(FieldReader& fields, PropertySet allowed, const Keep& keep) {
  FieldReader block(fields.take(fields.variable_byte_integer()));
  PropertySet seen;
  while (!block.at_end() && !fields.fault()) {
    const Property property = read_property(block, allowed, seen);
    if (block.fault()) return fields.fault(*block.fault());
    keep(property);
  }
}

}  // namespace millrace::mqtt
