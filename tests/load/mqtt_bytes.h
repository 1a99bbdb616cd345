// SPDX-License-Identifier: Apache-2.0
//
// The client's side of MQTT 3.1.1 and 5 as bytes, as far as a load needs it. Apart from the
// receiver's own codec on purpose: an error there would be invisible to a load that shared it; and
// a PUBLISH here is a template of which only the packet id and a number change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "load/payload.h"

namespace millrace::load {

enum class MqttVersion : std::uint8_t { k311 = 4, k5 = 5 };

enum PacketType : std::uint8_t {
  kConnack = 2,
  kPublish = 3,
  kPuback = 4,
  kPubrec = 5,
  kPubrel = 6,
  kPubcomp = 7,
  kPingresp = 13,
  kDisconnect = 14,
};

// Clean session, no will, no credentials. `keep_alive` in seconds, 0: none.
std::string connect_packet(MqttVersion version, std::string_view client_id,
                           std::uint16_t keep_alive);

inline constexpr std::string_view kPingreq = std::string_view("\xc0\x00", 2);

// PUBACK, PUBREC, PUBREL or PUBCOMP with success.
void append_acknowledgement(std::string& out, PacketType type, std::uint16_t packet_id);

// A PUBLISH that is sent again and again.
class PublishTemplate {
 public:
  struct Options {
    MqttVersion version = MqttVersion::k311;
    int qos = 1;
    // With MQTT 5 only; 0: none. The topic is left out when the server knows the alias already.
    std::uint16_t topic_alias = 0;
    bool alias_known = false;
  };
  PublishTemplate(std::string_view topic, const Payload& payload, const Options& options);

  // `packet_id` is not used at QoS 0, `number` not by a payload that has no place for it.
  void append_to(std::string& out, std::uint16_t packet_id, std::int64_t number) const;
  std::size_t size() const { return bytes_.size(); }

 private:
  std::string bytes_;
  std::optional<std::size_t> packet_id_at_;
  std::optional<std::size_t> number_at_;
};

struct ServerPacket {
  std::uint8_t first_byte = 0;
  std::string_view body;

  int type() const { return first_byte >> 4U; }
  int qos() const { return (first_byte >> 1U) & 3; }
};

enum class Take { kPacket, kIncomplete, kMalformed };

// Takes the next packet off `bytes`, which must outlive it. kMalformed: a length of five bytes.
Take take_packet(std::string_view& bytes, ServerPacket& packet);

struct Connack {
  std::uint8_t reason = 0;
  std::uint16_t receive_maximum = 65535;
  std::uint16_t topic_alias_maximum = 0;
  std::uint8_t maximum_qos = 2;
};

// nullopt: the body is none of a CONNACK.
std::optional<Connack> parse_connack(MqttVersion version, std::string_view body);

struct Acknowledgement {
  std::uint16_t packet_id = 0;
  std::uint8_t reason = 0;  // 0x80 and above: refused
};

// Of PUBACK, PUBREC, PUBREL, PUBCOMP.
std::optional<Acknowledgement> parse_acknowledgement(std::string_view body);
// Of a PUBLISH with QoS 1 or 2.
std::optional<std::uint16_t> packet_id_of_publish(std::string_view body);

}  // namespace millrace::load
