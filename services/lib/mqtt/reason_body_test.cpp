// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/reason_body.h"

#include <set>

#include "lib/mqtt/packet_fixture.h"

namespace millrace::mqtt {
namespace {

using client_bytes::acknowledgement;
using client_bytes::auth;
using client_bytes::disconnect;
using client_bytes::packet;
using client_bytes::property;
using client_bytes::u16;
using client_bytes::u8;
using client_bytes::user_property;

constexpr PacketType kAcknowledgements[] = {PacketType::kPuback, PacketType::kPubrec,
                                            PacketType::kPubrel, PacketType::kPubcomp};

// Those of the 256 reason codes with which a packet is read.
template <typename MakePacket>
std::set<int> accepted_codes(const MakePacket& make_packet) {
  std::set<int> accepted;
  for (int code = 0; code < 256; ++code) {
    const std::string words = decode_one_5(make_packet(static_cast<ReasonCode>(code)));
    if (words != "error invalid_reason_code") accepted.insert(code);
  }
  return accepted;
}

// --- PUBACK, PUBREC, PUBREL, PUBCOMP ---

TEST(ReasonBodyTest, AcknowledgementsOfEveryLevelHaveAShortestForm) {
  for (const PacketType type : kAcknowledgements) {
    const std::string want = fmt::format("{} 7", type_name(type));
    for (const std::uint8_t level : {kLevel31, kLevel311, kLevel5}) {
      EXPECT_EQ(decode_one(acknowledgement(type, 7), level), want);
    }
  }
}

TEST(ReasonBodyTest, PacketIdentifierZeroIsAnError) {  // [MQTT-2.3.1-1], in MQTT 5 [MQTT-2.2.1-3]
  for (const PacketType type : kAcknowledgements) {
    EXPECT_EQ(decode_one(acknowledgement(type, 0)), "error invalid_packet_id");
    EXPECT_EQ(decode_one_5(acknowledgement(type, 0)), "error invalid_packet_id");
  }
}

TEST(ReasonBodyTest, AReasonCodeNeedsNoProperties) {  // section 3.4.2.2.1
  EXPECT_EQ(decode_one_5(packet(PacketType::kPubrec, 0, u16(7) + "\x97")), "PUBREC 7 0x97");
  EXPECT_EQ(decode_one_5(packet(PacketType::kPubrel, 2, u16(7) + "\x92")), "PUBREL 7 0x92");
}

TEST(ReasonBodyTest, ReasonStringsAreReadOver) {
  for (const PacketType type : kAcknowledgements) {
    EXPECT_EQ(decode_one_5(acknowledgement(
                  type, 7, ReasonCode::kSuccess,
                  property(PropertyId::kReasonString, "why") + user_property("a", "b"))),
              fmt::format("{} 7", type_name(type)));
    EXPECT_EQ(decode_one_5(acknowledgement(type, 7, ReasonCode::kSuccess,
                                           property(PropertyId::kReasonString, "\xFF"))),
              "error invalid_text");
    EXPECT_EQ(decode_one_5(acknowledgement(type, 7, ReasonCode::kSuccess,
                                           property(PropertyId::kTopicAlias, 1))),
              "error unknown_property");
  }
}

TEST(ReasonBodyTest, BytesAfterTheLastFieldAreAnError) {
  EXPECT_EQ(decode_one_5(packet(PacketType::kPuback, 0, u16(7) + std::string(2, '\0') + "x")),
            "error malformed_packet");
  EXPECT_EQ(decode_one_5(packet(PacketType::kDisconnect, 0, std::string(2, '\0') + "x")),
            "error malformed_packet");
}

TEST(ReasonBodyTest, AcknowledgementsHaveCodesOfTheirOwn) {
  const std::set<int> of_receipt{0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99};
  const std::set<int> of_release{0x00, 0x92};
  for (const PacketType type : kAcknowledgements) {
    const bool receipt = type == PacketType::kPuback || type == PacketType::kPubrec;
    // [MQTT-3.4.2-1], [MQTT-3.5.2-1], [MQTT-3.6.2-1], [MQTT-3.7.2-1]
    EXPECT_EQ(accepted_codes([&](ReasonCode code) { return acknowledgement(type, 7, code); }),
              receipt ? of_receipt : of_release)
        << type_name(type);
  }
}

// --- DISCONNECT ---

TEST(ReasonBodyTest, ADisconnectWithoutReasonIsNormal) {
  for (const std::uint8_t level : {kLevel31, kLevel311, kLevel5}) {
    EXPECT_EQ(decode_one(disconnect(), level), "DISCONNECT");
  }
  EXPECT_EQ(decode_one_5(disconnect(ReasonCode::kSuccess)), "DISCONNECT");
  // Section 3.14.2.2.1: a reason code needs no properties.
  EXPECT_EQ(decode_one_5(packet(PacketType::kDisconnect, 0, "\x04")), "DISCONNECT 0x04");
}

TEST(ReasonBodyTest, ReadsThePropertiesOfDisconnect) {
  EXPECT_EQ(decode_one_5(disconnect(ReasonCode::kDisconnectWithWill,
                                    property(PropertyId::kSessionExpiryInterval, 5) +
                                        property(PropertyId::kReasonString, "why") +
                                        user_property("a", "b"))),
            "DISCONNECT 0x04 session-expiry 5");
  EXPECT_EQ(decode_one_5(
                disconnect(ReasonCode::kSuccess, property(PropertyId::kServerReference, "other"))),
            "error unexpected_property");
  EXPECT_EQ(
      decode_one_5(disconnect(ReasonCode::kSuccess, property(PropertyId::kReceiveMaximum, 5))),
      "error unknown_property");
}

TEST(ReasonBodyTest, ADisconnectHasTheCodesOfClients) {  // [MQTT-3.14.2-1]
  EXPECT_EQ(accepted_codes([](ReasonCode code) { return disconnect(code); }),
            (std::set<int>{0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97,
                           0x98, 0x99}));
}

// --- AUTH ---

TEST(ReasonBodyTest, ReadsAuth) {
  const std::string method = property(PropertyId::kAuthenticationMethod, "GS2-KRB5");
  EXPECT_EQ(
      decode_one_5(auth(ReasonCode::kReAuthenticate,
                        method + property(PropertyId::kAuthenticationData, "\xFF") +
                            property(PropertyId::kReasonString, "why") + user_property("a", "b"))),
      "AUTH 0x19");
  // [MQTT-3.15.2-1]
  EXPECT_EQ(accepted_codes([&](ReasonCode code) { return auth(code, method); }),
            (std::set<int>{0x18, 0x19}));
}

TEST(ReasonBodyTest, AuthNeedsAMethod) {  // section 3.15.2.2.2
  EXPECT_EQ(decode_one_5(auth(ReasonCode::kReAuthenticate, "")), "error missing_property");
  EXPECT_EQ(decode_one_5(packet(PacketType::kAuth, 0, "\x19")), "error missing_property");
  // Without anything it is a success, which clients do not say.
  EXPECT_EQ(decode_one_5(packet(PacketType::kAuth, 0, "")), "error invalid_reason_code");
}

}  // namespace
}  // namespace millrace::mqtt
