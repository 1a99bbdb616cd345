// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/packet_body.h"

#include <optional>

#include "lib/mqtt/topic.h"
#include "lib/utf8/utf8.h"

namespace millrace::mqtt {

namespace {

// UTF-8 [MQTT-1.5.3-1] without U+0000 [MQTT-1.5.3-2]. A byte order mark is a character like any
// other [MQTT-1.5.3-3].
bool is_text(std::string_view bytes) {
  return utf8::is_valid(bytes) && bytes.find('\0') == std::string_view::npos;
}

// Reads the fields of one packet. The first fault stays; reading on after it yields zeros.
class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t u8() {
    const std::string_view bytes = take(1);
    return bytes.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(bytes[0]);
  }
  std::uint16_t u16() {
    const std::string_view bytes = take(2);
    if (bytes.empty()) return 0;
    return static_cast<std::uint16_t>((static_cast<std::uint8_t>(bytes[0]) << 8U) |
                                      static_cast<std::uint8_t>(bytes[1]));
  }
  std::string_view binary() { return take(u16()); }
  std::string_view text() {
    const std::string_view bytes = binary();
    if (!is_text(bytes)) fault(Fault::kInvalidText);
    return bytes;
  }
  std::uint16_t packet_id() {
    const std::uint16_t id = u16();
    if (id == 0) fault(Fault::kInvalidPacketId);
    return id;
  }

  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  void fault(Fault reason) {
    if (!fault_) fault_ = reason;
  }
  const std::optional<Fault>& fault() const { return fault_; }
  // The packet should end here.
  const std::optional<Fault>& finish() {
    if (!at_end()) fault(Fault::kMalformedPacket);
    return fault_;
  }

 private:
  std::string_view take(std::size_t count) {
    if (fault_) return {};
    if (rest_.size() < count) {
      fault(Fault::kMalformedPacket);
      return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view rest_;
  std::optional<Fault> fault_;
};

struct ConnectFlags {
  explicit ConnectFlags(std::uint8_t byte)
      : reserved((byte & 0x01U) != 0),
        clean_session((byte & 0x02U) != 0),
        will((byte & 0x04U) != 0),
        will_qos(static_cast<std::uint8_t>((byte >> 3U) & 0x03U)),
        will_retain((byte & 0x20U) != 0),
        password((byte & 0x40U) != 0),
        user_name((byte & 0x80U) != 0) {}

  std::optional<Fault> fault() const {
    if (reserved) return Fault::kReservedBits;  // [MQTT-3.1.2-3]
    // [MQTT-3.1.2-13], [MQTT-3.1.2-15]: without a will its QoS and RETAIN are 0.
    if (!will && (will_qos != 0 || will_retain)) return Fault::kMalformedPacket;
    if (will_qos == 3) return Fault::kInvalidQos;                // [MQTT-3.1.2-14]
    if (!user_name && password) return Fault::kMalformedPacket;  // [MQTT-3.1.2-22]
    return std::nullopt;
  }

  bool reserved;
  bool clean_session;
  bool will;
  std::uint8_t will_qos;
  bool will_retain;
  bool password;
  bool user_name;
};

// The rest of CONNECT, which is checked and not used.
void read_will_and_credentials(FieldReader& fields, const ConnectFlags& flags, std::uint8_t level) {
  if (flags.will) {
    fields.text();    // topic
    fields.binary();  // message
  }
  // MQTT 3.1, section 3.1: the remaining length takes precedence over these two flags.
  const bool may_be_missing = level == kLevel31;
  if (flags.user_name && !(may_be_missing && fields.at_end())) fields.text();
  if (flags.password && !(may_be_missing && fields.at_end())) fields.binary();
}

}  // namespace

Decoded read_connect(std::string_view body) {
  FieldReader fields(body);
  const std::string_view protocol = fields.text();
  const std::uint8_t level = fields.u8();
  if (fields.fault()) return *fields.fault();
  const bool mqtt = protocol == "MQTT";
  if (!mqtt && protocol != "MQIsdp") return Fault::kUnknownProtocol;  // [MQTT-3.1.2-1]
  // What follows another level is not ours to read [MQTT-3.1.2-2].
  if (level != (mqtt ? kLevel311 : kLevel31)) return Connect{.level_supported = false};

  const ConnectFlags flags(fields.u8());
  const std::uint16_t keep_alive_s = fields.u16();
  if (fields.fault()) return *fields.fault();
  if (flags.fault()) return *flags.fault();
  const std::string_view client_id = fields.text();
  read_will_and_credentials(fields, flags, level);
  if (fields.finish()) return *fields.finish();
  return Connect{.level = level,
                 .clean_session = flags.clean_session,
                 .keep_alive_s = keep_alive_s,
                 .client_id = client_id};
}

Decoded read_publish(std::uint8_t flags, std::string_view body) {
  FieldReader fields(body);
  Publish publish;
  publish.dup = (flags & 0x08U) != 0;
  publish.retain = (flags & 0x01U) != 0;
  publish.qos = static_cast<Qos>((flags >> 1U) & 0x03U);
  publish.topic = fields.text();
  if (!fields.fault() && !is_valid_topic_name(publish.topic)) {
    fields.fault(Fault::kInvalidTopic);
  }
  if (publish.qos != Qos::kAtMostOnce) publish.packet_id = fields.packet_id();
  if (fields.fault()) return *fields.fault();
  publish.payload = fields.rest();
  return publish;
}

Decoded read_puback(std::string_view body) {
  FieldReader fields(body);
  const Acknowledgement puback{.packet_id = fields.packet_id()};
  if (fields.finish()) return *fields.finish();
  return puback;
}

Decoded read_subscribe(std::string_view body, std::size_t max_subscriptions) {
  FieldReader fields(body);
  Subscribe subscribe;
  subscribe.packet_id = fields.packet_id();
  do {  // at least one [MQTT-3.8.3-3]
    if (subscribe.subscriptions.size() == max_subscriptions) {
      return Fault::kTooManySubscriptions;
    }
    const std::string_view filter = fields.text();
    const std::uint8_t options = fields.u8();
    if (!fields.fault() && (options & 0xFCU) != 0) fields.fault(Fault::kReservedBits);
    if (options == 3) fields.fault(Fault::kInvalidQos);  // [MQTT-3-8.3-4]
    if (fields.fault()) return *fields.fault();
    subscribe.subscriptions.push_back({filter, static_cast<Qos>(options)});
  } while (!fields.at_end());
  return subscribe;
}

Decoded read_unsubscribe(std::string_view body, std::size_t max_subscriptions) {
  FieldReader fields(body);
  Unsubscribe unsubscribe{.packet_id = fields.packet_id()};
  std::size_t count = 0;
  do {  // at least one [MQTT-3.10.3-2]
    if (count++ == max_subscriptions) return Fault::kTooManySubscriptions;
    unsubscribe.filters.push_back(fields.text());
    if (fields.fault()) return *fields.fault();
  } while (!fields.at_end());
  return unsubscribe;
}

}  // namespace millrace::mqtt
