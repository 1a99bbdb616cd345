// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/subscribe_body.h"

#include "lib/mqtt/property.h"

namespace millrace::mqtt {

namespace {

constexpr PropertySet kSubscribeProperties{PropertyId::kSubscriptionIdentifier,
                                           PropertyId::kUserProperty};
constexpr PropertySet kUnsubscribeProperties{PropertyId::kUserProperty};

constexpr std::string_view kSharedPrefix = "$share/";

// Bits 0-1: QoS. MQTT 5 (section 3.8.3.1): bit 2: no local, 3: retain as published, 4-5: retain
// handling.
void check_options(FieldReader& fields, std::uint8_t level, std::string_view filter,
                   std::uint8_t options) {
  if (fields.fault()) return;
  const unsigned qos = options & 0x03U;
  if (level != kLevel5) {
    if ((options & 0xFCU) != 0) return fields.fault(Fault::kReservedBits);
    if (qos == 3) fields.fault(Fault::kInvalidQos);  // [MQTT-3-8.3-4]
    return;
  }
  if ((options & 0xC0U) != 0) return fields.fault(Fault::kReservedBits);  // [MQTT-3.8.3-5]
  const bool no_local = (options & 0x04U) != 0;
  const unsigned retain_handling = (options >> 4U) & 0x03U;
  // No local: [MQTT-3.8.3-4].
  if (qos == 3 || retain_handling == 3 || (no_local && filter.starts_with(kSharedPrefix))) {
    fields.fault(Fault::kInvalidSubscriptionOptions);
  }
}

}  // namespace

Decoded read_subscribe(std::uint8_t level, std::string_view body, std::size_t max_subscriptions) {
  FieldReader fields(body);
  Subscribe subscribe;
  subscribe.packet_id = fields.packet_id();
  if (level == kLevel5) {
    read_properties(fields, kSubscribeProperties, [&](const Property& property) {
      if (property.id == PropertyId::kSubscriptionIdentifier) {
        subscribe.has_subscription_identifier = true;
      }
    });
  }
  if (fields.fault()) return *fields.fault();
  if (fields.at_end()) return Fault::kMissingTopicFilter;
  while (!fields.at_end()) {
    if (subscribe.subscriptions.size() == max_subscriptions) return Fault::kTooManySubscriptions;
    const std::string_view filter = fields.text();
    const std::uint8_t options = fields.u8();
    check_options(fields, level, filter, options);
    if (fields.fault()) return *fields.fault();
    subscribe.subscriptions.push_back({filter, static_cast<Qos>(options & 0x03U)});
  }
  return subscribe;
}

Decoded read_unsubscribe(std::uint8_t level, std::string_view body, std::size_t max_subscriptions) {
  FieldReader fields(body);
  Unsubscribe unsubscribe{.packet_id = fields.packet_id()};
  if (level == kLevel5) {
    read_properties(fields, kUnsubscribeProperties, [](const Property& /*user_property*/) {});
  }
  if (fields.fault()) return *fields.fault();
  if (fields.at_end()) return Fault::kMissingTopicFilter;
  while (!fields.at_end()) {
    if (unsubscribe.filters.size() == max_subscriptions) return Fault::kTooManySubscriptions;
    unsubscribe.filters.push_back(fields.text());
    if (fields.fault()) return *fields.fault();
  }
  return unsubscribe;
}

}  // namespace millrace::mqtt
