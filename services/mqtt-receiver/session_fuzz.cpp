// SPDX-License-Identifier: Apache-2.0
//
// Goal: whatever a device of any level sends and intake, time and the holder of credentials answer,
// in whatever order, the session sends whole packets only, none larger than the client takes;
// acknowledges each publish once at most, those of QoS 1 in their order; submits a QoS 2 publish
// once between PUBLISH and the end of its exchange; has no more responses under way than the client
// takes; stays within its bounds; and ends once, with one will at most. Method: the input is a
// script; each step is a byte that chooses the event and what the event takes from the script. A
// second decoder reads along what the client sends.
//
// An input: the level of CONNECT (0: none is sent) and its kind, a byte each, then the steps.
// tests/fuzz/session_seeds.py writes the seeds.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "lib/mqtt/client_bytes.h"
#include "lib/mqtt/packet_decoder.h"
#include "lib/mqtt/server_words.h"
#include "mqtt-receiver/session.h"

namespace {

using namespace millrace;
using namespace millrace::mqtt_receiver;
using mqtt::PacketType;
using mqtt::PropertyId;
using mqtt::Qos;

constexpr std::size_t kMaxUploads = 4;
constexpr std::size_t kReceiveMaximum = 2;    // of the client
constexpr std::size_t kMaxPacketBytes = 200;  // the same
constexpr std::string_view kTopic = "kp1/v/dcx/t/json";
constexpr std::string_view kTopicWithId = "kp1/v/dcx/t/json/1";

void require(bool holds) {
  if (!holds) std::abort();
}

SessionLimits session_limits() {
  SessionLimits limits;
  limits.decoder.max_packet_bytes = 512;
  limits.decoder.max_connect_bytes = 256;
  limits.decoder.max_subscriptions = 8;
  limits.uploads.max_uploads = kMaxUploads;
  limits.uploads.max_bytes = 2048;
  limits.max_unreleased_publishes = 8;
  limits.max_unacknowledged_responses = 8;
  limits.max_publishes_per_second = 20;
  limits.max_keep_alive = std::chrono::seconds{30};
  return limits;
}

class Script {
 public:
  explicit Script(std::string_view bytes) : rest_(bytes) {}
  bool at_end() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<std::uint8_t>(rest_[0]);
    rest_.remove_prefix(1);
    return value;
  }
  std::string_view bytes(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }

 private:
  std::string_view rest_;
};

// What the client has sent, as far as it is well-formed: what it may be answered.
class Client {
 public:
  explicit Client(const SessionLimits& limits) : decoder_(limits.decoder) {}

  void read_along(std::string_view bytes) {
    if (broken_) return;
    decoder_.feed(bytes);
    while (true) {
      const mqtt::Decoded decoded = decoder_.next();
      broken_ = std::holds_alternative<mqtt::Fault>(decoded);
      if (broken_ || std::holds_alternative<mqtt::NeedMoreBytes>(decoded)) break;
      std::visit([this](const auto& packet) { note(packet); }, decoded);
    }
    decoder_.retain();
  }

  // What the server sends must be due.
  void hear(std::string_view words, std::size_t bytes) {
    require(bytes <= max_packet_bytes_);
    require(words.find("unexpected") != 0);
    std::uint16_t id = 0;
    if (words.starts_with("PUBACK ")) {
      require(acknowledged_ < published_.size());
      require(id_of(words) == published_[acknowledged_++]);
    } else if (words.starts_with("PUBREC ")) {
      require(publishes_qos_2_[id = id_of(words)]-- > 0);
      if (words.find(" 0x") != std::string_view::npos) submitted_.erase(id);
    } else if (words.starts_with("PUBCOMP ")) {
      require(releases_[id = id_of(words)]-- > 0);
      submitted_.erase(id);
    } else if (words.starts_with("PUBLISH q1 id=") || words.starts_with("PUBLISH q2 id=")) {
      require(under_way_.insert(id_of(words.substr(10))).second);
      require(under_way_.size() <= receive_maximum_);
    }
  }

  // Of bytes that are not from publish(), bodies say nothing.
  void note_raw_bytes() { raw_ = true; }
  std::uint8_t level() { return decoder_.level().value_or(mqtt::kLevel311); }

  // An upload of one of our own publishes with QoS 2: its body begins with "2 <id> ".
  void note_submission(std::uint64_t upload_id, std::string_view body) {
    if (raw_ || upload_id <= last_upload_id_ || !body.starts_with("2 ")) return;
    last_upload_id_ = upload_id;
    require(submitted_.insert(id_of(body)).second);
  }

 private:
  // The number behind the first space.
  static std::uint16_t id_of(std::string_view words) {
    std::size_t number = 0;
    for (std::size_t i = words.find_first_of("0123456789", words.find(' '));
         i < words.size() && words[i] >= '0' && words[i] <= '9'; ++i) {
      number = number * 10 + static_cast<std::size_t>(words[i] - '0');
    }
    return static_cast<std::uint16_t>(number);
  }

  void note(const mqtt::Connect& connect) {
    receive_maximum_ = connect.receive_maximum;
    if (connect.maximum_packet_bytes) max_packet_bytes_ = *connect.maximum_packet_bytes;
  }
  void note(const mqtt::Publish& publish) {
    if (publish.qos == Qos::kAtLeastOnce) published_.push_back(publish.packet_id);
    if (publish.qos == Qos::kExactlyOnce) ++publishes_qos_2_[publish.packet_id];
  }
  void note(const mqtt::Acknowledgement& acknowledgement) {
    const bool refused = acknowledgement.reason_code >= mqtt::ReasonCode::kUnspecifiedError;
    if (acknowledgement.type == PacketType::kPubrel) {
      ++releases_[acknowledgement.packet_id];
    } else if (acknowledgement.type != PacketType::kPubrec || refused) {
      under_way_.erase(acknowledgement.packet_id);
    }
  }
  template <typename Other>
  void note(const Other& /*packet*/) {}

  mqtt::PacketDecoder decoder_;
  bool broken_ = false;
  bool raw_ = false;
  std::size_t receive_maximum_ = 65'535;
  std::size_t max_packet_bytes_ = mqtt::kNoPacketLimit;
  std::vector<std::uint16_t> published_;          // packet ids with QoS 1, in their order
  std::size_t acknowledged_ = 0;                  // of published_
  std::map<std::uint16_t, int> publishes_qos_2_;  // not answered by PUBREC
  std::map<std::uint16_t, int> releases_;         // not answered by PUBCOMP
  std::set<std::uint16_t> submitted_;             // QoS 2, not finished
  std::uint64_t last_upload_id_ = 0;
  std::set<std::uint16_t> under_way_;  // responses of ours not finished, if all it sent is read
};

class World {
 public:
  explicit World(Script script) : script_(script) {
    const std::uint8_t level = script_.byte() % 6;
    const std::uint8_t kind = script_.byte();
    accepts_at_once_ = (kind & 1U) != 0;
    if (level < mqtt::kLevel31) return;
    level_ = level;
    receive(connect(level, kind));
  }

  void run() {
    while (!script_.at_end() && !ended_) step();
    end_unless_ended();
  }

 private:
  static std::string connect(std::uint8_t level, std::uint8_t kind) {
    using namespace mqtt::client_bytes;
    std::string properties;
    if ((kind & 2U) != 0) properties += property(PropertyId::kReceiveMaximum, kReceiveMaximum);
    if ((kind & 4U) != 0) properties += property(PropertyId::kMaximumPacketSize, kMaxPacketBytes);
    if ((kind & 8U) != 0) properties += property(PropertyId::kSessionExpiryInterval, 9);
    const bool with_will = (kind & 16U) != 0;
    const std::string last_words = will(level, kTopic, "gone");
    return mqtt::client_bytes::connect(
        {.protocol = level == mqtt::kLevel31 ? "MQIsdp" : "MQTT",
         .level = level,
         .flags = static_cast<std::uint8_t>(with_will ? 0x06 : 0x02),
         .keep_alive_s = static_cast<std::uint16_t>((kind & 32U) != 0 ? 1 : 0),
         .after_client_id = with_will ? std::string_view(last_words) : std::string_view(),
         .properties = properties});
  }

  void step() {
    const std::uint8_t choice = script_.byte();
    switch (choice % 8) {
      case 0:
        client_.note_raw_bytes();
        return receive(std::string(script_.bytes(script_.byte())));
      case 1:
      case 2:  // good ones, because mutation rarely finds any
        return receive(publish());
      case 3:
        return receive(acknowledgement());
      case 4:
      case 5:
        return answer();
      case 6:
        return pass_time();
      default:
        return disturb();
    }
  }

  std::string publish() {
    const std::uint8_t kind = script_.byte();
    const auto qos = static_cast<Qos>(kind % 3);
    const auto id = static_cast<std::uint16_t>(1 + (kind / 3) % 6);
    std::string properties;
    if ((kind & 0x40U) != 0) {
      properties = mqtt::client_bytes::property(PropertyId::kResponseTopic, "r");
    }
    // Unknown topics are refused at once.
    const std::string_view topics[] = {kTopic, kTopicWithId, kTopicWithId, "elsewhere"};
    const std::string body =
        fmt::format("{} {} {}", static_cast<int>(qos), id, script_.bytes(script_.byte() % 8));
    return mqtt::client_bytes::publish({.level = level_,
                                        .qos = qos,
                                        .packet_id = id,
                                        .topic = topics[script_.byte() % 4],
                                        .payload = body,
                                        .properties = properties,
                                        .dup = qos != Qos::kAtMostOnce && (kind & 0x80U) != 0});
  }

  std::string acknowledgement() {
    constexpr PacketType kTypes[] = {PacketType::kPuback, PacketType::kPubrec, PacketType::kPubrel,
                                     PacketType::kPubcomp};
    const std::uint8_t kind = script_.byte();
    const PacketType type = kTypes[kind % 4];
    const auto id = static_cast<std::uint16_t>(1 + (kind / 4) % 8);
    const bool refuses = (kind & 0x80U) != 0 && type != PacketType::kPubrel &&
                         type != PacketType::kPubcomp && level_ == mqtt::kLevel5;
    if (!refuses) return mqtt::client_bytes::acknowledgement(type, id);
    return mqtt::client_bytes::acknowledgement(type, id, mqtt::ReasonCode::kUnspecifiedError);
  }

  void receive(const std::string& bytes) {
    if (!session_.wants_input()) return;
    client_.read_along(bytes);
    Actions actions;
    session_.receive(bytes, now_, actions);
    carry_out(actions);
  }

  // Intake answers any of what it holds, as it likes.
  void answer() {
    if (submitted_.empty()) return;
    const std::size_t index = script_.byte() % submitted_.size();
    const std::uint64_t id = submitted_[index];
    submitted_.erase(submitted_.begin() + static_cast<std::ptrdiff_t>(index));
    using Code = intake::Receipt::Code;
    constexpr Code kCodes[] = {Code::kAccepted,        Code::kAccepted,    Code::kBadRequest,
                               Code::kTooManyRequests, Code::kUnavailable, Code::kUnavailable};
    Actions actions;
    const std::uint8_t choice = script_.byte();
    session_.answer(
        id, {.code = kCodes[choice % 6], .reason_phrase = "why", .may_be_stored = choice >= 0xF0},
        now_, actions);
    carry_out(actions);
  }

  void pass_time() {
    now_ += std::chrono::milliseconds{script_.byte() * 20};
    Actions actions;
    session_.tick(now_, actions);
    carry_out(actions);
    // What was due has been done.
    require(ended_ || session_.next_deadline() > now_);
  }

  void disturb() {
    const std::uint8_t choice = script_.byte();
    Actions actions;
    switch (choice % 8) {
      case 0:
      case 1:
      case 2:
        session_.go_on(static_cast<Hold>(choice / 8 % 3), now_, actions);
        break;
      case 3:
        session_.begin_stop(now_, actions);
        break;
      case 4:
        return end(static_cast<CloseReason>(choice / 8 % 4 + 1));
      default: {
        const bool refused = choice / 8 % 4 == 0;
        session_.authenticated({.reason_code = refused ? mqtt::ReasonCode::kNotAuthorized
                                                       : mqtt::ReasonCode::kSuccess},
                               now_, actions);
        break;
      }
    }
    carry_out(actions);
  }

  void end(CloseReason reason) {
    Actions actions;
    session_.end(reason, actions);
    require(actions.close == reason);
    carry_out(actions);
  }

  void end_unless_ended() {
    if (!ended_) end(CloseReason::kPeerClosed);
    Actions nothing;
    session_.end(CloseReason::kTakenOver, nothing);
    session_.tick(now_ + std::chrono::hours{1}, nothing);
    require(nothing.output.empty() && !nothing.close && !nothing.will);
    require(session_.next_deadline() == time::Instant::max());
  }

  void carry_out(Actions& actions) {
    require(!ended_);
    ended_ = actions.close.has_value();
    connected_ = connected_ || actions.connected;
    require(!actions.will || (ended_ && connected_));
    // First, because what it says ends exchanges that later packets of this event begin anew.
    while (!actions.output.empty()) {
      const std::size_t before = actions.output.size();
      const std::string words = mqtt::client_bytes::take_packet(actions.output, client_.level());
      require(!words.empty());
      client_.hear(words, before - actions.output.size());
    }
    for (const Submission& submission : actions.submissions) {
      submitted_.push_back(submission.upload_id);
      client_.note_submission(submission.upload_id, submission.upload.body);
    }
    require(submitted_.size() <= kMaxUploads);
    require(session_.held_bytes() <= 4 * (mqtt::kMaxTextBytes + 4096));
    if (actions.authentication && accepts_at_once_) {
      Actions accepted;
      session_.authenticated({}, now_, accepted);
      carry_out(accepted);
    }
  }

  Script script_;
  time::Instant now_{std::chrono::hours{1}};
  const SessionLimits limits_ = session_limits();
  bus::UniqueIds client_ids_;
  Session session_{limits_, client_ids_, now_};
  Client client_{limits_};
  std::uint8_t level_ = mqtt::kLevel311;
  bool accepts_at_once_ = false;
  bool connected_ = false;
  bool ended_ = false;
  std::deque<std::uint64_t> submitted_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  World(Script({reinterpret_cast<const char*>(data), size})).run();
  return 0;
}
