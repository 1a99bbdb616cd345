// SPDX-License-Identifier: Apache-2.0
//
// Bytes of a client → packets of MQTT 3.1 and 3.1.1, one at a time and however the bytes are cut.
//
// Trusts nothing: a fault is found with the byte that makes it one, before the packet is complete;
// memory grows with the bytes that arrived, never with a length a peer only claims; the result
// holds no bytes of its own. Knows the rules of packets and the one rule of order that CONNECT
// comes first and once; everything else is Session's. Used by one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "lib/mqtt/fault.h"
#include "lib/mqtt/packet.h"
#include "lib/mqtt/packet_body.h"

namespace millrace::mqtt {

struct DecoderLimits {
  // Of one packet, fixed header included. The payload of a PUBLISH over it is skipped as it arrives
  // (Publish::skipped_bytes), so that the device can be told; other packets end the connection.
  std::size_t max_packet_bytes = (1U << 20U) + 1024;
  // Of CONNECT: what a peer can make us hold before it has said who it is.
  std::size_t max_connect_bytes = 64U << 10U;
  // Topic filters of one SUBSCRIBE or UNSUBSCRIBE.
  std::size_t max_subscriptions = 256;
};

class PacketDecoder {
 public:
  explicit PacketDecoder(const DecoderLimits& limits) : limits_(limits) {}
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
  bool has_bytes() const { return !window_.empty() || skipping_; }
  // Memory held for bytes not consumed.
  std::size_t held_bytes() const { return buffer_.capacity() + skipped_topic_.capacity(); }

 private:
  struct FixedHeader {
    PacketType type = PacketType::kConnect;
    std::uint8_t flags = 0;
    std::size_t header_bytes = 0;
    std::size_t remaining_bytes = 0;
    std::size_t total_bytes() const { return header_bytes + remaining_bytes; }
  };
  using HeaderOrNot = std::variant<NeedMoreBytes, Fault, FixedHeader>;

  Decoded fail(Fault reason);
  HeaderOrNot read_fixed_header() const;
  std::optional<Fault> check_type(PacketType type, std::uint8_t flags) const;
  std::optional<Fault> check_flags(PacketType type, std::uint8_t flags) const;
  std::optional<Fault> check_length(const FixedHeader& header) const;
  Decoded read_body(const FixedHeader& header, std::string_view body);
  Decoded begin_skipping(const FixedHeader& header);
  Decoded go_on_skipping();
  void drop_skipped_topic();

  const DecoderLimits limits_;
  std::string buffer_;       // bytes kept over from earlier feeds
  std::string_view window_;  // what is not consumed yet: of buffer_, or of the bytes fed last
  bool borrowed_ = false;    // window_ is not of buffer_
  std::optional<Fault> error_;
  std::optional<std::uint8_t> level_;  // of the CONNECT seen

  bool skipping_ = false;  // the payload of a PUBLISH over the limit
  std::size_t skip_remaining_bytes_ = 0;
  Publish skipped_;
  std::string skipped_topic_;  // what the packet returned last may point to
};

}  // namespace millrace::mqtt
