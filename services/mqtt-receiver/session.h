// SPDX-License-Identifier: Apache-2.0
//
// The protocol engine of one connection: events in, actions out. No socket, no clock, no thread:
// the time is an argument, and what is to be done is a value that Connection carries out.
//
// MQTT 3.1.1 (and 3.1) as a receiver of uploads needs it: no session outlives its connection, no
// message is routed, wills, RETAIN and credentials are ignored. The README has the whole list.
//
// Back-pressure: while the window of uploads is full, or intake is unavailable, or the connection
// holds, no packet is decoded and wants_input() is false; the peer feels it in TCP. Keep alive does
// not run meanwhile, because nobody is listening. An event also stops decoding when what it has to
// send grows large (has_more()): a few bytes received may be worth many to answer.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/intake/intake.h"
#include "lib/mqtt/packet.h"
#include "lib/mqtt/packet_decoder.h"
#include "lib/time/clock.h"
#include "mqtt-receiver/packet_ids.h"
#include "mqtt-receiver/reason_code.h"
#include "mqtt-receiver/upload_window.h"

namespace millrace::mqtt_receiver {

struct SessionLimits {
  mqtt::DecoderLimits decoder = {};
  UploadLimits uploads = {};
  // Responses of QoS 1 sent and not acknowledged by the device; more end the connection.
  std::size_t max_unacknowledged_responses = 16'384;
  std::chrono::milliseconds connect_timeout{10'000};
  // From the first byte of a packet to its last.
  std::chrono::milliseconds packet_timeout{60'000};
};

// MQTT asks for 23 characters at least [MQTT-3.1.3-5]; each is held while connected.
inline constexpr std::size_t kMaxClientIdBytes = 1024;

struct Submission {
  std::uint64_t upload_id = 0;
  intake::Upload upload;
};

// What the connection cannot do for reasons of its own.
enum class Hold {
  kNone,
  kReading,   // take more bytes; what has been received is still decoded
  kDecoding,  // nor send more
};

// What happened, for the metrics.
struct Tally {
  std::uint32_t packets = 0;
  std::uint32_t publishes_qos_0 = 0;
  std::uint32_t publishes_qos_1 = 0;
  std::uint32_t status_responses = 0;
  std::uint32_t error_responses = 0;
};

// Appended to by each event; carried out in the order of the members.
struct Actions {
  std::vector<Submission> submissions;           // for intake; the receipts come back to answer()
  std::vector<intake::OutsideRefusal> refusals;  // for intake, to keep
  std::string output;                            // for the socket
  bool connected = false;                        // CONNECT was accepted just now
  std::optional<CloseReason> close;              // after `output`; the session takes no more events
  Tally tally;
};

class Session {
 public:
  Session(const SessionLimits& limits, time::Instant now);

  // Bytes from the socket; only while wants_input().
  void receive(std::string_view bytes, time::Instant now, Actions& actions);
  // What intake says of a submission. May come after the end; then nothing happens.
  void answer(std::uint64_t upload_id, const intake::Receipt& receipt, time::Instant now,
              Actions& actions);
  // Time has passed; to be called at next_deadline() or soon after.
  void tick(time::Instant now, Actions& actions);
  // Goes on as far as `hold` allows; also to be called when what an event left over (has_more())
  // can be dealt with.
  void go_on(Hold hold, time::Instant now, Actions& actions);
  // Takes no further packets and ends when what is in flight is answered.
  void begin_stop(time::Instant now, Actions& actions);

  bool wants_input() const;
  bool has_more() const { return has_more_; }
  bool has_uploads_in_flight() const { return !window_.empty(); }
  time::Instant next_deadline() const;  // Instant::max(): none
  // Memory held for the peer: bytes not decoded, uploads not answered.
  std::size_t held_bytes() const { return decoder_.held_bytes() + window_.bytes(); }
  // Empty before CONNECT, and for clients that leave the choice to us [MQTT-3.1.3-6].
  const std::string& client_id() const { return client_id_; }

 private:
  enum class State { kAwaitingConnect, kConnected, kClosed };

  bool may_decode() const;
  // Decodes as long as packets may be taken, then looks after what follows from that.
  void read_on(time::Instant now, Actions& actions);

  void handle(const mqtt::Connect& connect, Actions& actions);
  void handle(const mqtt::Publish& publish, Actions& actions);
  void handle(const mqtt::Acknowledgement& puback, Actions& actions);
  void handle(const mqtt::Subscribe& subscribe, Actions& actions);
  void handle(const mqtt::Unsubscribe& unsubscribe, Actions& actions);
  void handle(const mqtt::Pingreq& pingreq, Actions& actions);
  void handle(const mqtt::Disconnect& disconnect, Actions& actions);
  void handle(const mqtt::Auth& auth, Actions& actions);
  void handle(mqtt::Fault fault, Actions& actions);

  void refuse(PendingUpload upload, intake::Receipt receipt, Actions& actions);
  void resubmit_due(time::Instant now, Actions& actions);
  void release_answers(Actions& actions);
  void respond(const PendingUpload& upload, const intake::Receipt& receipt, Actions& actions);
  void close(CloseReason reason, Actions& actions);

  const SessionLimits limits_;
  const time::Instant connect_by_;

  State state_ = State::kAwaitingConnect;
  bool stopping_ = false;
  Hold hold_ = Hold::kNone;
  bool has_more_ = false;
  std::string client_id_;
  std::chrono::milliseconds keep_alive_timeout_{0};  // 1.5 times keep alive; 0: off

  mqtt::PacketDecoder decoder_;
  UploadWindow window_;
  PacketIds response_ids_;

  bool reading_ = true;  // wants_input() at the end of the last event
  time::Instant last_packet_at_;
  std::optional<time::Instant> packet_began_at_;  // of a packet that is not complete
};

}  // namespace millrace::mqtt_receiver
