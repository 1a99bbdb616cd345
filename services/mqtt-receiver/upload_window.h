// SPDX-License-Identifier: Apache-2.0
//
// The uploads of one session between PUBLISH and answer: bounded, released in the order they came,
// repeated while intake is unavailable. No socket, no clock, no intake: UploadExchange asks and
// tells.
//
// While intake is unavailable one upload, the oldest refused, goes out again after a growing delay;
// the others follow as soon as that one is answered. So an outage costs one submit a session and
// delay, not one an upload.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/intake/intake.h"
#include "lib/mqtt/packet.h"
#include "lib/time/clock.h"
#include "lib/trace/trace_context.h"

namespace millrace::mqtt_receiver {

struct UploadLimits {
  std::size_t max_uploads = 128;
  std::size_t max_bytes = 4U << 20U;  // topics and bodies together; one upload may exceed it alone
  // How long intake may refuse with kUnavailable before the device is to connect and send again.
  std::chrono::milliseconds unavailable_timeout{10'000};
};

// What few uploads have: properties of MQTT 5.
struct RequestProperties {
  std::string response_topic = {};  // empty: none
  std::optional<std::string> correlation_data = std::nullopt;
  std::optional<trace::TraceContext> trace = std::nullopt;
};

// A PUBLISH that is not answered yet.
struct PendingUpload {
  mqtt::Qos qos = mqtt::Qos::kAtMostOnce;
  bool has_request_id = false;
  bool unknown_topic = false;  // refused for its topic, which takes no uploads
  std::uint16_t packet_id = 0;
  std::string topic = {};
  std::string body = {};       // kept with QoS 1 and 2 only, to submit it again
  std::size_t body_bytes = 0;  // counted also where `body` is not kept: intake holds it
  std::unique_ptr<RequestProperties> properties = nullptr;
};

class UploadWindow {
 public:
  // `limits` outlives the window.
  explicit UploadWindow(const UploadLimits& limits) : limits_(limits) {}

  // No more uploads should be added.
  bool full() const { return count() >= limits_.max_uploads || bytes_ >= limits_.max_bytes; }
  bool empty() const { return count() == 0; }
  // Uploads that intake could not take wait to be submitted again.
  bool unavailable() const { return postponed_ > 0 || probe_.has_value(); }
  std::size_t bytes() const { return bytes_; }

  // Returns the id by which the upload is submitted and answered; ids grow by one.
  std::uint64_t add(PendingUpload upload);
  // nullptr when `id` is answered or was never given.
  const PendingUpload* find(std::uint64_t id) const;

  // The answer is known. It is given when take_answered() says so.
  void settle(std::uint64_t id, intake::Receipt receipt);
  // Intake could not take it now.
  void postpone(std::uint64_t id, time::Instant now);

  struct Answered {
    PendingUpload upload;
    intake::Receipt receipt = {};
  };
  // The oldest upload if its receipt is known, else nullopt: answers leave in the order of the
  // publishes [MQTT-4.6.0-2].
  std::optional<Answered> take_answered();

  // What is to be submitted again now.
  std::vector<std::uint64_t> take_due(time::Instant now);
  // When take_due() or expired() change by themselves; Instant::max(): never.
  time::Instant next_deadline() const;
  // Intake has been unavailable for too long.
  bool expired(time::Instant now) const { return unavailable() && now >= give_up_at_; }

 private:
  enum class State { kSubmitted, kPostponed, kSettled };
  struct Entry {
    PendingUpload upload;
    State state = State::kSubmitted;
    intake::Receipt receipt = {};
  };

  std::size_t count() const { return entries_.size() - begin_; }
  Entry* entry(std::uint64_t id);
  void drop_front();
  static std::size_t size_of(const PendingUpload& upload);

  const UploadLimits& limits_;
  // A vector and where in it the oldest is: an empty std::deque holds half a kilobyte.
  std::vector<Entry> entries_;
  std::size_t begin_ = 0;
  std::uint64_t first_id_ = 1;  // of entries_[begin_]
  std::size_t bytes_ = 0;

  std::size_t postponed_ = 0;           // entries in kPostponed
  std::optional<std::uint64_t> probe_;  // the postponed upload that is submitted again
  bool resubmit_all_ = false;           // the probe was answered
  std::chrono::milliseconds backoff_{0};
  time::Instant retry_at_;    // with postponed_ > 0 and no probe
  time::Instant give_up_at_;  // with unavailable()
};

}  // namespace millrace::mqtt_receiver
