// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/packet_encoder.h"

#include <gtest/gtest.h>

namespace millrace::mqtt {
namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out.push_back(static_cast<char>(value));
  return out;
}

TEST(PacketEncoderTest, RemainingLengthTakesAsManyBytesAsItNeeds) {
  // MQTT 3.1.1, table 2.4: the edges of each size.
  const struct {
    std::size_t length;
    std::string want;
  } cases[] = {
      {0, bytes({0x00})},
      {127, bytes({0x7F})},
      {128, bytes({0x80, 0x01})},
      {16'383, bytes({0xFF, 0x7F})},
      {16'384, bytes({0x80, 0x80, 0x01})},
      {2'097'151, bytes({0xFF, 0xFF, 0x7F})},
      {2'097'152, bytes({0x80, 0x80, 0x80, 0x01})},
      {268'435'455, bytes({0xFF, 0xFF, 0xFF, 0x7F})},
  };
  for (const auto& c : cases) {
    std::string out;
    append_fixed_header(out, PacketType::kPublish, 0x02, c.length);
    EXPECT_EQ(out, bytes({0x32}) + c.want) << c.length;
  }
}

TEST(PacketEncoderTest, SmallPacketsAreTheSpecificationsBytes) {
  std::string out;
  append_connack(out, kLevel311, {});
  append_connack(out, kLevel311, {.reason_code = ReasonCode::kClientIdentifierNotValid});
  append_acknowledgement(out, kLevel311, {.packet_id = 0x1234});
  append_suback(out, kLevel311, 5,
                {ReasonCode::kSuccess, ReasonCode::kGrantedQos1, ReasonCode::kTopicFilterInvalid});
  append_unsuback(out, kLevel311, 0xFFFF, {});
  append_pingresp(out);
  EXPECT_EQ(out, bytes({0x20, 2, 0,    0,                       //
                        0x20, 2, 0,    2,                       //
                        0x40, 2, 0x12, 0x34,                    //
                        0x90, 5, 0,    5,    0x00, 0x01, 0x80,  //
                        0xB0, 2, 0xFF, 0xFF,                    //
                        0xD0, 0}));
}

TEST(PacketEncoderTest, AQos0PublishHasNoPacketIdentifier) {
  std::string out;
  append_publish(out, kLevel311, {.topic = "a/b", .topic_suffix = "/status"});
  EXPECT_EQ(out, bytes({0x30, 12, 0, 10}) + "a/b/status");
}

TEST(PacketEncoderTest, AQos1PublishHasOne) {
  std::string out;
  append_publish(out, kLevel311,
                 {.topic = "t",
                  .topic_suffix = "/error",
                  .payload = "{}",
                  .qos = Qos::kAtLeastOnce,
                  .packet_id = 0x0102});
  EXPECT_EQ(out, bytes({0x32, 13, 0, 7}) + "t/error" + bytes({1, 2}) + "{}");
}

}  // namespace
}  // namespace millrace::mqtt
