// SPDX-License-Identifier: Apache-2.0
//
// For tests: streams of a client decoded into words.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "lib/mqtt/client_bytes.h"
#include "lib/mqtt/client_words.h"
#include "lib/mqtt/packet_decoder.h"

namespace millrace::mqtt {

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

// What `bytes` are after a good CONNECT of `level`.
inline std::string decode_one(const std::string& bytes, std::uint8_t level = kLevel311) {
  const Words words = decode(
      client_bytes::connect({.protocol = level == kLevel31 ? "MQIsdp" : "MQTT", .level = level}) +
      bytes);
  return words.size() == 2 ? words[1] : fmt::format("{} packets", words.size() - 1);
}

// The same after one of MQTT 5.
inline std::string decode_one_5(const std::string& bytes) {
  return decode_one(bytes, kLevel5);
}

}  // namespace millrace::mqtt
