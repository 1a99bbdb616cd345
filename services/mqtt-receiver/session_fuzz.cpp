// SPDX-License-Identifier: Apache-2.0
//
// Goal: whatever a device sends and intake answers, in whatever order and at whatever time, the
// session sends whole packets only, acknowledges each QoS 1 upload once at most and in their order,
// stays within its bounds, and ends once. Method: the input is a script; each step is a byte that
// chooses the event and what the event takes from the script. A second decoder reads along and
// knows which PUBACK is due next.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lib/mqtt/client_bytes.h"
#include "lib/mqtt/packet_decoder.h"
#include "lib/mqtt/server_words.h"
#include "mqtt-receiver/session.h"

namespace {

using namespace millrace;
using namespace millrace::mqtt_receiver;

constexpr std::size_t kMaxUploads = 4;

void require(bool holds) {
  if (!holds) std::abort();
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

class World {
 public:
  explicit World(Script script) : script_(script), session_(limits(), now_) {
    if ((script_.byte() & 1U) != 0) receive(mqtt::client_bytes::connect());
  }

  void run() {
    while (!script_.at_end() && !ended_) step();
  }

 private:
  static SessionLimits limits() {
    SessionLimits limits;
    limits.decoder = {.max_packet_bytes = 512, .max_connect_bytes = 256, .max_subscriptions = 8};
    limits.uploads.max_uploads = kMaxUploads;
    limits.uploads.max_bytes = 2048;
    limits.max_unacknowledged_responses = 8;
    return limits;
  }

  void step() {
    const std::uint8_t choice = script_.byte();
    Actions actions;
    switch (choice % 8) {
      case 0:
      case 1:
        return receive(std::string(script_.bytes(script_.byte())));
      case 2:  // a good publish, because mutation rarely finds one
        return receive(mqtt::client_bytes::publish_qos_1(
            static_cast<std::uint16_t>(1 + script_.byte()),
            choice < 128 ? "kp1/v/dcx/t/json" : "kp1/v/dcx/t/json/1", script_.bytes(8)));
      case 3:
      case 4:
        return answer();
      case 5:
        now_ += std::chrono::milliseconds{script_.byte() * 20};
        session_.tick(now_, actions);
        carry_out(actions);
        // What was due has been done.
        return require(ended_ || session_.next_deadline() > now_);
      case 6:
        session_.go_on(static_cast<Hold>(script_.byte() % 3), now_, actions);
        return carry_out(actions);
      default:
        if (script_.byte() != 0) return;  // rarely: afterwards little is left to try
        session_.begin_stop(now_, actions);
        return carry_out(actions);
    }
  }

  void receive(const std::string& bytes) {
    if (!session_.wants_input()) return;
    read_along(bytes);
    Actions actions;
    session_.receive(bytes, now_, actions);
    carry_out(actions);
  }

  void read_along(const std::string& bytes) {
    if (broken_) return;
    decoder_.feed(bytes);
    while (true) {
      const mqtt::Decoded decoded = decoder_.next();
      broken_ = std::holds_alternative<CloseReason>(decoded);
      if (broken_ || std::holds_alternative<mqtt::NeedMoreBytes>(decoded)) break;
      const auto* publish = std::get_if<mqtt::Publish>(&decoded);
      if (publish != nullptr && publish->qos == mqtt::Qos::kAtLeastOnce) {
        published_.push_back(publish->packet_id);
      }
    }
    decoder_.retain();
  }

  // Intake answers any of what it holds, as it likes.
  void answer() {
    if (submitted_.empty()) return;
    const std::size_t index = script_.byte() % submitted_.size();
    const std::uint64_t id = submitted_[index];
    submitted_.erase(submitted_.begin() + static_cast<std::ptrdiff_t>(index));
    constexpr intake::Receipt::Code kCodes[] = {
        intake::Receipt::Code::kAccepted, intake::Receipt::Code::kBadRequest,
        intake::Receipt::Code::kUnavailable, intake::Receipt::Code::kUnavailable};
    Actions actions;
    const std::uint8_t choice = script_.byte();
    session_.answer(
        id, {.code = kCodes[choice % 4], .reason_phrase = "why", .may_be_stored = choice >= 0xF0},
        now_, actions);
    carry_out(actions);
  }

  void carry_out(const Actions& actions) {
    require(!ended_);
    ended_ = actions.close.has_value();
    for (const Submission& submission : actions.submissions) {
      submitted_.push_back(submission.upload_id);
    }
    require(submitted_.size() <= kMaxUploads);
    for (const std::string& packet : mqtt::client_bytes::packets_in(actions.output)) {
      require(packet.find("stray") == std::string::npos || packet.starts_with("PUBLISH"));
      require(!packet.starts_with("unexpected"));
      if (packet.starts_with("PUBACK")) {
        require(acknowledged_ < published_.size());
        require(packet == fmt::format("PUBACK {}", published_[acknowledged_++]));
      }
    }
    require(session_.held_bytes() <= 4 * (mqtt::kMaxTextBytes + 4096));
  }

  Script script_;
  time::Instant now_{std::chrono::hours{1}};
  Session session_;
  std::deque<std::uint64_t> submitted_;
  bool ended_ = false;

  mqtt::PacketDecoder decoder_{limits().decoder};
  bool broken_ = false;                   // the bytes, for `decoder_`
  std::vector<std::uint16_t> published_;  // packet ids with QoS 1, in their order
  std::size_t acknowledged_ = 0;          // of published_
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  World(Script({reinterpret_cast<const char*>(data), size})).run();
  return 0;
}
