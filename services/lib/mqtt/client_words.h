// SPDX-License-Identifier: Apache-2.0
//
// For tests and fuzzers: packets of a client in words, so that sequences can be compared. What has
// the value that its absence means is left out.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "lib/mqtt/decoded.h"

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
    if (p.retain) words += " retained";
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

}  // namespace millrace::mqtt
