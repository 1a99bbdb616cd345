// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/property.h"

#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "lib/mqtt/client_bytes.h"

namespace millrace::mqtt {
namespace {

using client_bytes::properties_of;
using client_bytes::property;
using client_bytes::u8;
using client_bytes::user_property;

constexpr PropertySet kAllowed{PropertyId::kReceiveMaximum, PropertyId::kReasonString,
                               PropertyId::kUserProperty, PropertyId::kSubscriptionIdentifier};

// The fault of a packet that has these properties and the letter x behind them.
std::optional<Fault> fault_of(std::string_view length_and_properties) {
  const std::string bytes = std::string(length_and_properties) + "x";
  FieldReader fields(bytes);
  read_properties(fields, kAllowed, [](const Property& /*any*/) {});
  EXPECT_TRUE(fields.fault() || fields.rest() == "x");
  return fields.fault();
}

std::optional<Fault> fault_of_properties(std::string_view properties) {
  return fault_of(properties_of(kLevel5, properties));
}

TEST(PropertyTest, TheFormsAreThoseOfTable24) {
  std::set<std::string_view> names;
  std::size_t count = 0;
  for (std::uint32_t id = 0; id < 300; ++id) {
    const PropertyForm* form = property_form(id);
    if (form == nullptr) continue;
    ++count;
    EXPECT_EQ(static_cast<std::uint32_t>(form->id), id);
    EXPECT_TRUE(names.insert(form->name).second) << form->name;
    EXPECT_LE(form->minimum, form->maximum);
  }
  EXPECT_EQ(count, 27U);
  EXPECT_EQ(property_form(0x0B)->type, PropertyType::kVariableByteInteger);
  EXPECT_EQ(property_form(0x26)->type, PropertyType::kTextPair);
}

TEST(PropertyTest, AllAreHandedOverInTheirOrder) {
  const std::string bytes = properties_of(
      kLevel5, user_property("a", "b") + property(PropertyId::kReasonString, "why") +
                   property(PropertyId::kReceiveMaximum, 0x1234) +
                   property(PropertyId::kSubscriptionIdentifier, 300) + user_property("", ""));
  FieldReader fields(bytes);
  std::vector<std::string> seen;
  read_properties(fields, kAllowed, [&](const Property& p) {
    seen.push_back(fmt::format("{} {} '{}' '{}'", property_form(static_cast<unsigned>(p.id))->name,
                               p.number, p.pair_name, p.text));
  });
  EXPECT_EQ(seen,
            (std::vector<std::string>{
                "user-property 0 'a' 'b'", "reason-string 0 '' 'why'", "receive-maximum 4660 '' ''",
                "subscription-identifier 300 '' ''", "user-property 0 '' ''"}));
  EXPECT_TRUE(fields.at_end());
}

TEST(PropertyTest, TheLengthIsOfThePropertiesAlone) {
  EXPECT_EQ(fault_of(std::string(1, '\0')), std::nullopt);
  EXPECT_EQ(fault_of(""), Fault::kMalformedPacket);      // "x" would be their length
  EXPECT_EQ(fault_of("\x09"), Fault::kMalformedPacket);  // beyond the packet
  // A property that reaches beyond it, into the rest of the packet.
  EXPECT_EQ(fault_of("\x02" + property(PropertyId::kReceiveMaximum, 5)), Fault::kMalformedPacket);
  EXPECT_EQ(fault_of("\x04" + property(PropertyId::kReasonString, "why")), Fault::kMalformedPacket);
  EXPECT_EQ(fault_of("\xFF\xFF\xFF\xFF"), Fault::kMalformedLength);
  EXPECT_EQ(fault_of(std::string("\x80\x00", 2)), Fault::kMalformedLength);  // [MQTT-1.5.5-1]
}

TEST(PropertyTest, UnknownOnesAndThoseOfOtherPacketsAreErrors) {  // section 2.2.2.2
  for (const int id : {0x00, 0x04, 0x2B, 0x7F}) {
    EXPECT_EQ(fault_of_properties(u8(static_cast<std::size_t>(id)) + "x"), Fault::kUnknownProperty);
  }
  EXPECT_EQ(fault_of_properties("\x80\x01"), Fault::kUnknownProperty);  // 128
  EXPECT_EQ(fault_of_properties(property(PropertyId::kTopicAlias, 1)), Fault::kUnknownProperty);
}

TEST(PropertyTest, OnlyUserPropertiesMayRepeat) {
  EXPECT_EQ(fault_of_properties(user_property("a", "b") + user_property("a", "b")), std::nullopt);
  const std::string once = property(PropertyId::kReceiveMaximum, 1);
  EXPECT_EQ(fault_of_properties(once + user_property("a", "b") + once), Fault::kRepeatedProperty);
}

TEST(PropertyTest, TextsAreTexts) {  // [MQTT-1.5.4-1], [MQTT-1.5.4-2], [MQTT-1.5.7-1]
  const std::string_view bad = "\xC0\x80";
  EXPECT_EQ(fault_of_properties(property(PropertyId::kReasonString, bad)), Fault::kInvalidText);
  EXPECT_EQ(fault_of_properties(user_property(bad, "")), Fault::kInvalidText);
  EXPECT_EQ(fault_of_properties(user_property("", std::string_view("\0", 1))), Fault::kInvalidText);
}

TEST(PropertyTest, NumbersAreWithinTheirRange) {
  EXPECT_EQ(fault_of_properties(property(PropertyId::kReceiveMaximum, 0)),
            Fault::kInvalidPropertyValue);
  EXPECT_EQ(fault_of_properties(property(PropertyId::kSubscriptionIdentifier, 0)),
            Fault::kInvalidPropertyValue);
}

TEST(PropertyTest, WhoReadsThemMayFindAFaultAndNoMoreIsRead) {
  const std::string bytes =
      properties_of(kLevel5, user_property("a", "b") + user_property("c", "d"));
  FieldReader fields(bytes);
  int count = 0;
  read_properties(fields, kAllowed, [&](const Property& /*any*/) {
    ++count;
    fields.fault(Fault::kUnexpectedProperty);
  });
  EXPECT_EQ(count, 1);
  EXPECT_EQ(fields.fault(), Fault::kUnexpectedProperty);
}

}  // namespace
}  // namespace millrace::mqtt
