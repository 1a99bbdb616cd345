// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/subscribe_body.h"

#include "lib/mqtt/packet_fixture.h"

namespace millrace::mqtt {
namespace {

using client_bytes::connect;
using client_bytes::packet;
using client_bytes::property;
using client_bytes::subscribe;
using client_bytes::text;
using client_bytes::u16;
using client_bytes::unsubscribe;
using client_bytes::user_property;

constexpr DecoderLimits kThreeSubscriptions{.max_subscriptions = 3};

// SUBSCRIBE to `filter` with this byte of options.
std::string with_options(std::uint8_t level, std::string_view filter, std::uint8_t options) {
  return packet(
      PacketType::kSubscribe, 2,
      u16(1) + client_bytes::properties_of(level, "") + text(filter) + client_bytes::u8(options));
}

TEST(SubscribeBodyTest, ReadsFiltersAndTheirQos) {
  for (const std::uint8_t level : {kLevel31, kLevel311, kLevel5}) {
    EXPECT_EQ(
        decode_one(
            subscribe(
                3, {{"a/#", Qos::kExactlyOnce}, {"b", Qos::kAtMostOnce}, {"+", Qos::kAtLeastOnce}},
                level),
            level),
        "SUBSCRIBE 3 a/#:2 b:0 +:1");
    EXPECT_EQ(decode_one(unsubscribe(4, {"a/#", "b"}, level), level), "UNSUBSCRIBE 4 a/# b");
  }
}

TEST(SubscribeBodyTest,
     PacketIdentifierZeroIsAnError) {  // [MQTT-2.3.1-1], in MQTT 5 [MQTT-2.2.1-3]
  EXPECT_EQ(decode_one(subscribe(0, {{"a", Qos::kAtMostOnce}})), "error invalid_packet_id");
  EXPECT_EQ(decode_one(unsubscribe(0, {"a"})), "error invalid_packet_id");
  EXPECT_EQ(decode_one_5(subscribe(0, {{"a", Qos::kAtMostOnce}}, kLevel5)),
            "error invalid_packet_id");
  EXPECT_EQ(decode_one_5(unsubscribe(0, {"a"}, kLevel5)), "error invalid_packet_id");
}

TEST(SubscribeBodyTest, OneFilterAtLeast) {  // [MQTT-3.8.3-3], [MQTT-3.10.3-2]; in MQTT 5 -2
  EXPECT_EQ(decode_one(subscribe(1, {})), "error missing_topic_filter");
  EXPECT_EQ(decode_one(unsubscribe(1, {})), "error missing_topic_filter");
  EXPECT_EQ(decode_one_5(subscribe(1, {}, kLevel5)), "error missing_topic_filter");
  EXPECT_EQ(decode_one_5(unsubscribe(1, {}, kLevel5)), "error missing_topic_filter");
}

TEST(SubscribeBodyTest, TheNumberOfFiltersIsBounded) {
  const Subscription a{"a", Qos::kAtMostOnce};
  EXPECT_EQ(decode(connect() + subscribe(1, {a, a, a}), 99, kThreeSubscriptions).back(),
            "SUBSCRIBE 1 a:0 a:0 a:0");
  EXPECT_EQ(decode(connect() + subscribe(1, {a, a, a, a}), 99, kThreeSubscriptions).back(),
            "error too_many_subscriptions");
  EXPECT_EQ(decode(connect() + unsubscribe(1, {"a", "a", "a"}), 99, kThreeSubscriptions).back(),
            "UNSUBSCRIBE 1 a a a");
  EXPECT_EQ(
      decode(connect() + unsubscribe(1, {"a", "a", "a", "a"}), 99, kThreeSubscriptions).back(),
      "error too_many_subscriptions");
}

TEST(SubscribeBodyTest, ARequestedQosIsTwoAtMost) {  // [MQTT-3-8.3-4]
  EXPECT_EQ(decode_one(with_options(kLevel311, "a", 0x03)), "error invalid_qos");
  // MQTT 5, section 3.8.3.1: a protocol error.
  EXPECT_EQ(decode_one_5(with_options(kLevel5, "a", 0x03)), "error invalid_subscription_options");
}

TEST(SubscribeBodyTest, OptionsBeforeMqtt5AreTheQosAlone) {
  for (const int options : {0x04, 0x08, 0x10, 0x80}) {
    EXPECT_EQ(decode_one(with_options(kLevel311, "a", static_cast<std::uint8_t>(options))),
              "error reserved_bits");
  }
}

TEST(SubscribeBodyTest, OptionsOfMqtt5AreChecked) {
  // No local, retain as published, and each retain handling: nothing here is retained or echoed.
  EXPECT_EQ(decode_one_5(with_options(kLevel5, "a", 0x2E)), "SUBSCRIBE 1 a:2");
  EXPECT_EQ(decode_one_5(with_options(kLevel5, "a", 0x11)), "SUBSCRIBE 1 a:1");
  EXPECT_EQ(decode_one_5(with_options(kLevel5, "a", 0x30)), "error invalid_subscription_options");
  EXPECT_EQ(decode_one_5(with_options(kLevel5, "a", 0x40)),
            "error reserved_bits");  // [MQTT-3.8.3-5]
  EXPECT_EQ(decode_one_5(with_options(kLevel5, "a", 0x80)), "error reserved_bits");
  // [MQTT-3.8.3-4]
  EXPECT_EQ(decode_one_5(with_options(kLevel5, "$share/g/a", 0x04)),
            "error invalid_subscription_options");
  EXPECT_EQ(decode_one_5(with_options(kLevel5, "$share/g/a", 0x00)), "SUBSCRIBE 1 $share/g/a:0");
}

TEST(SubscribeBodyTest, FiltersAreTexts) {  // [MQTT-3.8.3-1], [MQTT-3.10.3-1]
  EXPECT_EQ(decode_one(packet(PacketType::kSubscribe, 2, u16(1) + text("\xFF") + "\x01")),
            "error invalid_text");
  EXPECT_EQ(decode_one(unsubscribe(1, {"\xFF"})), "error invalid_text");
  EXPECT_EQ(decode_one_5(unsubscribe(1, {"\xFF"}, kLevel5)), "error invalid_text");
}

TEST(SubscribeBodyTest, AFilterThatReachesBeyondItsPacketIsAnError) {
  EXPECT_EQ(decode_one(packet(PacketType::kSubscribe, 2, u16(1) + text("a"))),
            "error malformed_packet");
  EXPECT_EQ(decode_one(packet(PacketType::kUnsubscribe, 2, u16(1) + u16(2) + "a")),
            "error malformed_packet");
}

TEST(SubscribeBodyTest, ReadsTheProperties) {
  const Subscription a{"a", Qos::kAtMostOnce};
  EXPECT_EQ(decode_one_5(subscribe(1, {a}, kLevel5,
                                   property(PropertyId::kSubscriptionIdentifier, 268'435'455) +
                                       user_property("a", "b"))),
            "SUBSCRIBE 1 with identifier a:0");
  EXPECT_EQ(
      decode_one_5(subscribe(1, {a}, kLevel5, property(PropertyId::kSubscriptionIdentifier, 0))),
      "error invalid_property_value");  // section 3.8.2.1.2
  EXPECT_EQ(decode_one_5(subscribe(1, {a}, kLevel5, property(PropertyId::kReasonString, "a"))),
            "error unknown_property");
  EXPECT_EQ(decode_one_5(unsubscribe(1, {"a"}, kLevel5, user_property("a", "b"))),
            "UNSUBSCRIBE 1 a");
  EXPECT_EQ(decode_one_5(
                unsubscribe(1, {"a"}, kLevel5, property(PropertyId::kSubscriptionIdentifier, 1))),
            "error unknown_property");
}

}  // namespace
}  // namespace millrace::mqtt
