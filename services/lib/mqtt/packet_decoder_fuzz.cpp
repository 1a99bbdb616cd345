// SPDX-License-Identifier: Apache-2.0
//
// Goal: no bytes crash the decoder, make it hold more than it may, or come out differently when
// they arrive in other pieces. Method: the first byte of the input is the size of the pieces, the
// second chooses whether a good CONNECT comes first; the rest is the stream, decoded at once and in
// pieces.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/mqtt/client_bytes.h"
#include "lib/mqtt/packet_decoder.h"

namespace {

using namespace millrace::mqtt;

constexpr DecoderLimits kLimits{
    .max_packet_bytes = 512, .max_connect_bytes = 256, .max_subscriptions = 8};

void require(bool holds) {
  if (!holds) std::abort();
}

struct Trace {
  std::string& out;

  void operator()(NeedMoreBytes) const {}
  void operator()(Fault reason) const { out += fmt::format("error {};", name(reason)); }
  void operator()(const Connect& c) const {
    out += fmt::format("C{}{}{}{}{};", c.level_supported, c.level, c.clean_session, c.keep_alive_s,
                       c.client_id);
  }
  void operator()(const Publish& p) const {
    require(p.packet_id != 0 || p.qos == Qos::kAtMostOnce);
    require(!p.topic.empty());
    out += fmt::format("P{}{}{}{}{}{};", static_cast<int>(p.qos), p.dup, p.packet_id, p.topic,
                       p.payload, p.skipped_bytes);
  }
  void operator()(const Acknowledgement& a) const { out += fmt::format("A{};", a.packet_id); }
  void operator()(const Subscribe& s) const {
    require(!s.subscriptions.empty() && s.subscriptions.size() <= kLimits.max_subscriptions);
    for (const Subscription& one : s.subscriptions) {
      out += fmt::format("S{}{};", one.filter, static_cast<int>(one.qos));
    }
  }
  void operator()(const Unsubscribe& u) const { out += fmt::format("U{};", u.packet_id); }
  void operator()(Pingreq) const { out += "ping;"; }
  void operator()(Disconnect) const { out += "bye;"; }
  void operator()(Auth) const { out += "auth;"; }
};

std::string trace(std::string_view stream, std::size_t piece_bytes) {
  PacketDecoder decoder(kLimits);
  std::string out;
  while (!stream.empty()) {
    // A copy that dies with the round, so that a view kept too long is seen by AddressSanitizer.
    const std::string piece(stream.substr(0, piece_bytes));
    stream.remove_prefix(piece.size());
    decoder.feed(piece);
    while (true) {
      const Decoded decoded = decoder.next();
      std::visit(Trace{out}, decoded);
      if (std::holds_alternative<Fault>(decoded)) return out;
      if (std::holds_alternative<NeedMoreBytes>(decoded)) break;
    }
    decoder.retain();
    // A packet, or a topic of 64 KiB that is to be skipped, with the slack of a growing string.
    require(decoder.held_bytes() <= 4 * (kMaxTextBytes + kLimits.max_packet_bytes));
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece_bytes = std::max<std::size_t>(1, data[0]);
  std::string stream = (data[1] & 1U) != 0 ? client_bytes::connect() : std::string();
  stream.append(reinterpret_cast<const char*>(data) + 2, size - 2);
  require(trace(stream, stream.size()) == trace(stream, piece_bytes));
  return 0;
}
