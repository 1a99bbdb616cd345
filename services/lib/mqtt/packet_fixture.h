// SPDX-License-Identifier: Apache-2.0
//
// For tests: packets decoded into words, so that sequences can be compared.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "lib/mqtt/client_bytes.h"
#include "lib/mqtt/packet_decoder.h"

namespace millrace::mqtt {

struct InWords {
  std::string operator()(NeedMoreBytes) const { return "more"; }
  std::string operator()(Fault reason) const { return fmt::format("error {}", name(reason)); }
  std::string operator()(const Connect& c) const {
    if (!c.level_supported) return "CONNECT of another level";
    return fmt::format("CONNECT level {} clean {} keep-alive {} id {}", c.level, c.clean_session,
                       c.keep_alive_s, c.client_id);
  }
  std::string operator()(const Publish& p) const {
    return fmt::format(
        "PUBLISH q{} dup {} id {} {} [{}]", static_cast<int>(p.qos), p.dup, p.packet_id, p.topic,
        p.skipped_bytes > 0 ? fmt::format("skipped {}", p.skipped_bytes) : std::string(p.payload));
  }
  std::string operator()(const Acknowledgement& a) const {
    return fmt::format("PUBACK {}", a.packet_id);
  }
  std::string operator()(const Subscribe& s) const {
    std::string words = fmt::format("SUBSCRIBE {}", s.packet_id);
    for (const Subscription& subscription : s.subscriptions) {
      words += fmt::format(" {}:{}", subscription.filter, static_cast<int>(subscription.qos));
    }
    return words;
  }
  std::string operator()(const Unsubscribe& u) const {
    return fmt::format("UNSUBSCRIBE {}", u.packet_id);
  }
  std::string operator()(Pingreq) const { return "PINGREQ"; }
  std::string operator()(Disconnect) const { return "DISCONNECT"; }
  std::string operator()(Auth) const { return "AUTH"; }
};

using Words = std::vector<std::string>;

// What comes out of `stream`, delivered in pieces of `piece_bytes`; the pieces are gone after each
// feed, as a socket's read buffer is.
inline Words decode(const std::string& stream, std::size_t piece_bytes = 1U << 20U,
                    const DecoderLimits& limits = {}) {
  PacketDecoder decoder(limits);
  Words words;
  for (std::size_t at = 0; at < stream.size(); at += piece_bytes) {
    const std::string piece = stream.substr(at, piece_bytes);
    decoder.feed(piece);
    while (true) {
      const Decoded decoded = decoder.next();
      if (std::holds_alternative<NeedMoreBytes>(decoded)) break;
      words.push_back(std::visit(InWords(), decoded));
      if (std::holds_alternative<Fault>(decoded)) return words;
    }
    decoder.retain();
  }
  return words;
}

// What `bytes` are after a good CONNECT.
inline std::string decode_one(const std::string& bytes) {
  const Words words = decode(client_bytes::connect() + bytes);
  return words.size() == 2 ? words[1] : fmt::format("{} packets", words.size() - 1);
}

}  // namespace millrace::mqtt
