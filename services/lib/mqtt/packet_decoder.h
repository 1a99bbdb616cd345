// SPDX-License-Identifier: Apache-2.0
//
// Bytes of a client → packets of MQTT 3.1, 3.1.1 and 5, one at a time and however the bytes are
// cut.
//
// Trusts nothing: memory grows with the bytes that arrived, never with a length a peer only claims;
// a fault of the fixed header is found with the byte that makes it one, before the packet is there;
// the result holds no bytes of its own. Knows the rules of packets, what the connection's topic
// aliases stand for, and the one rule of order that CONNECT comes first and once; everything else
// is for whoever reads the packets. Used by one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "lib/mqtt/decoded.h"
#include "lib/mqtt/topic_aliases.h"

namespace millrace::mqtt {

struct DecoderLimits {
  // Of one packet, fixed header included. The payload of a PUBLISH over it is skipped as it arrives
  // (Publish::skipped_bytes), so that the device can be told; what comes before the payload is held
  // and has to stay below the limit. Other packets end the connection.
  std::size_t max_packet_bytes = (1U << 20U) + 1024;
  // Of CONNECT: what a peer can make us hold before it has said who it is.
  std::size_t max_connect_bytes = 64U << 10U;
  // Topic filters of one SUBSCRIBE or UNSUBSCRIBE.
  std::size_t max_subscriptions = 256;
  // The greatest topic alias of the client; 0: none. CONNACK should say so.
  std::uint16_t topic_alias_maximum = 64;
  // Of what those stand for, all together. Enough for 64 names of 200 bytes.
  std::size_t max_topic_alias_bytes = 16U << 10U;
};

class PacketDecoder {
 public:
  explicit PacketDecoder(const DecoderLimits& limits)
      : limits_(limits), aliases_(limits.topic_alias_maximum, limits.max_topic_alias_bytes) {}
  PacketDecoder(const PacketDecoder&) = delete;
  PacketDecoder& operator=(const PacketDecoder&) = delete;

  // The next bytes of the stream. They are read in place: they must stay valid until retain().
  void feed(std::string_view bytes);
  // The next packet. A Fault is a protocol error: the connection is beyond rescue, and every
  // further call repeats it. The packet's views are valid until the next call of a member that is
  // not const.
  Decoded next();
  // Copies what is not consumed yet, after which the bytes given to feed() may go.
  void retain();

  // Whether bytes are waiting: the beginning of a packet, once next() has said NeedMoreBytes.
  bool has_bytes() const { return !window_.empty() || is_skipping(); }
  // The protocol level of the client's CONNECT, also of one that broke a rule behind it; nullopt:
  // there was none, or it asked for a level that is not spoken here.
  std::optional<std::uint8_t> level() const { return level_; }
  // Memory held for bytes not consumed, and for topic aliases.
  std::size_t held_bytes() const;

 private:
  struct FixedHeader {
    PacketType type = PacketType::kConnect;
    std::uint8_t flags = 0;
    std::size_t header_bytes = 0;
    std::size_t remaining_bytes = 0;
    std::size_t total_bytes() const { return header_bytes + remaining_bytes; }
  };
  using HeaderOrNot = std::variant<NeedMoreBytes, Fault, FixedHeader>;

  // A PUBLISH over the limit.
  struct Skipped {
    std::string head;  // what came before its payload
    Publish publish;   // its views are of `head`, or of aliases_
    std::size_t remaining_bytes = 0;
  };

  Decoded fail(Fault reason);
  HeaderOrNot read_fixed_header() const;
  std::optional<Fault> check_type(PacketType type, std::uint8_t flags) const;
  std::optional<Fault> check_flags(PacketType type, std::uint8_t flags) const;
  std::optional<Fault> check_length(const FixedHeader& header) const;
  Decoded read_body(const FixedHeader& header, std::string_view body);
  Decoded read_first_packet(const FixedHeader& header, std::string_view body);
  Decoded begin_skipping(const FixedHeader& header);
  Decoded go_on_skipping();
  bool is_skipping() const { return skipped_ != nullptr && skipped_->remaining_bytes > 0; }
  void drop_skipped();

  const DecoderLimits limits_;
  std::string buffer_;       // bytes kept over from earlier feeds
  std::string_view window_;  // what is not consumed yet: of buffer_, or of the bytes fed last
  bool borrowed_ = false;    // window_ is not of buffer_
  bool connected_ = false;   // a CONNECT was seen
  std::optional<Fault> error_;
  std::optional<std::uint8_t> level_;
  TopicAliases aliases_;
  // With nothing remaining: what the packet returned last points to.
  std::unique_ptr<Skipped> skipped_;
};

}  // namespace millrace::mqtt
