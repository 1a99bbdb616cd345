// SPDX-License-Identifier: Apache-2.0
//
// For tests: packets of a client decoded into words, so that sequences can be compared. What has
// the value that its absence means is left out.
#pragma once

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "lib/mqtt/client_bytes.h"
#include "lib/mqtt/packet_decoder.h"

namespace millrace::mqtt {

inline std::string_view type_name(PacketType type) {
  switch (type) {
    case PacketType::kPuback:
      return "PUBACK";
    case PacketType::kPubrec:
      return "PUBREC";
    case PacketType::kPubrel:
      return "PUBREL";
    case PacketType::kPubcomp:
      return "PUBCOMP";
    default:
      return "?";
  }
}

struct InWords {
  std::string operator()(NeedMoreBytes) const { return "more"; }
  std::string operator()(Fault reason) const { return fmt::format("error {}", name(reason)); }
  std::string operator()(const Connect& c) const {
    if (!c.level_supported) return "CONNECT of another level";
    return fmt::format("CONNECT level {} clean {} keep-alive {} id {}", c.level, c.clean_session,
                       c.keep_alive_s, c.client_id) +
           credentials(c) + properties(c);
  }
  std::string operator()(const Publish& p) const {
    std::string words = fmt::format(
        "PUBLISH q{} dup {} id {} {} [{}]", static_cast<int>(p.qos), p.dup, p.packet_id, p.topic,
        p.skipped_bytes > 0 ? fmt::format("skipped {}", p.skipped_bytes) : std::string(p.payload));
    if (p.payload_is_text) words += " text";
    if (!p.response_topic.empty()) words += fmt::format(" response-topic {}", p.response_topic);
    if (p.correlation_data) words += fmt::format(" correlation-data {}", *p.correlation_data);
    if (!p.traceparent.empty()) words += fmt::format(" traceparent {}", p.traceparent);
    return words;
  }
  std::string operator()(const Acknowledgement& a) const {
    return fmt::format("{} {}", type_name(a.type), a.packet_id) + code(a.reason_code);
  }
  std::string operator()(const Subscribe& s) const {
    std::string words = fmt::format("SUBSCRIBE {}", s.packet_id);
    if (s.has_subscription_identifier) words += " with identifier";
    for (const Subscription& subscription : s.subscriptions) {
      words += fmt::format(" {}:{}", subscription.filter, static_cast<int>(subscription.qos));
    }
    return words;
  }
  std::string operator()(const Unsubscribe& u) const {
    std::string words = fmt::format("UNSUBSCRIBE {}", u.packet_id);
    for (const std::string_view filter : u.filters) words += fmt::format(" {}", filter);
    return words;
  }
  std::string operator()(Pingreq) const { return "PINGREQ"; }
  std::string operator()(const Disconnect& d) const {
    std::string words = "DISCONNECT" + code(d.reason_code);
    if (d.session_expiry_s) words += fmt::format(" session-expiry {}", *d.session_expiry_s);
    return words;
  }
  std::string operator()(const Auth& a) const { return "AUTH" + code(a.reason_code); }

 private:
  static std::string code(ReasonCode code) {
    if (code == ReasonCode::kSuccess) return "";
    return fmt::format(" 0x{:02x}", static_cast<unsigned>(code));
  }
  static std::string credentials(const Connect& c) {
    std::string words;
    if (c.will) {
      words += fmt::format(" will q{} retain {} {} [{}]", static_cast<int>(c.will->qos),
                           c.will->retain, c.will->topic, c.will->payload);
      if (c.will->delay_s > 0) words += fmt::format(" after {}", c.will->delay_s);
    }
    if (c.user_name) words += fmt::format(" user {}", *c.user_name);
    if (c.password) words += fmt::format(" password {}", *c.password);
    return words;
  }
  static std::string properties(const Connect& c) {
    std::string words;
    if (c.session_expiry_s > 0) words += fmt::format(" session-expiry {}", c.session_expiry_s);
    if (c.receive_maximum != 65'535) words += fmt::format(" receive-max {}", c.receive_maximum);
    if (c.maximum_packet_bytes) words += fmt::format(" max-packet {}", *c.maximum_packet_bytes);
    if (c.topic_alias_maximum > 0) words += fmt::format(" aliases {}", c.topic_alias_maximum);
    if (c.request_response_information) words += " wants response information";
    if (!c.request_problem_information) words += " wants no problem information";
    if (c.authentication_method) words += fmt::format(" method {}", *c.authentication_method);
    return words;
  }
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
