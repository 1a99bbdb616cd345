// SPDX-License-Identifier: Apache-2.0
//
// The protocol engine of one connection: events in, actions out. No socket, no clock, no thread:
// the time is an argument, and what is to be done is a value that Connection carries out.
//
// MQTT 3.1, 3.1.1 and 5 as a receiver of uploads needs them: no session outlives its connection,
// no message is routed, nothing is retained. The README has the whole list.
//
// Back-pressure: while the window of uploads is full, or intake is unavailable, or the client
// publishes too fast, or its credentials are being checked, or the connection holds, no packet is
// decoded and wants_input() is false; the peer feels it in TCP. Keep alive does not run meanwhile,
// because nobody is listening. An event also stops decoding when what it has to send grows large
// (has_more()): a few bytes received may be worth many to answer.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lib/bus/unique_id.h"
#include "lib/intake/intake.h"
#include "lib/mqtt/packet.h"
#include "lib/mqtt/packet_decoder.h"
#include "lib/time/clock.h"
#include "lib/time/token_bucket.h"
#include "mqtt-receiver/handshake.h"
#include "mqtt-receiver/peer.h"
#include "mqtt-receiver/reason_code.h"
#include "mqtt-receiver/session_actions.h"
#include "mqtt-receiver/session_limits.h"
#include "mqtt-receiver/upload_exchange.h"
#include "mqtt-receiver/will.h"

namespace millrace::mqtt_receiver {

// What the connection cannot do for reasons of its own.
enum class Hold {
  kNone,
  kReading,   // take more bytes; what has been received is still decoded
  kDecoding,  // nor send more
};

class Session {
 public:
  // `client_ids`: of clients that leave the choice to us. Both outlive the session.
  Session(const SessionLimits& limits, bus::UniqueIds& client_ids, time::Instant now);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Bytes from the socket; only while wants_input().
  void receive(std::string_view bytes, time::Instant now, Actions& actions);
  // The answer to Actions::authentication. May come after the end; then nothing happens.
  void authenticated(const AuthenticationVerdict& verdict, time::Instant now, Actions& actions);
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
  // Ends for a reason that the connection knows: says so as far as MQTT can, and sends the will.
  // Does nothing after the end.
  void end(CloseReason reason, Actions& actions) { close(reason, actions); }

  bool wants_input() const;
  bool has_more() const { return has_more_; }
  bool has_uploads_in_flight() const { return !uploads_.empty(); }
  time::Instant next_deadline() const;  // Instant::max(): none
  // Memory held for the peer: bytes not decoded, uploads not answered, responses that wait, a will.
  std::size_t held_bytes() const {
    return decoder_.held_bytes() + uploads_.held_bytes() + (will_ == nullptr ? 0 : will_->bytes());
  }
  // Empty before CONNECT, and for clients before MQTT 5 that leave the choice to us
  // [MQTT-3.1.3-6].
  const std::string& client_id() const { return client_id_; }
  // The last packet of the output told the client that this is the end: it is owed the time to
  // read it.
  bool said_goodbye() const { return said_goodbye_; }

 private:
  enum class State : std::uint8_t { kAwaitingConnect, kAuthenticating, kConnected, kClosed };

  bool may_decode() const;
  // Decodes as long as packets may be taken, then looks after what follows from that.
  void read_on(time::Instant now, Actions& actions);
  void decode(time::Instant now, Actions& actions);
  void charge_publish(time::Instant now, Actions& actions);

  void handle(const mqtt::Connect& connect, Actions& actions);
  void handle(const mqtt::Publish& publish, Actions& actions);
  void handle(const mqtt::Acknowledgement& acknowledgement, Actions& actions);
  void handle(const mqtt::Subscribe& subscribe, Actions& actions);
  void handle(const mqtt::Unsubscribe& unsubscribe, Actions& actions);
  void handle(const mqtt::Pingreq& pingreq, Actions& actions);
  void handle(const mqtt::Disconnect& disconnect, Actions& actions);
  void handle(const mqtt::Auth& auth, Actions& actions);
  void handle(mqtt::Fault fault, Actions& actions);

  // CONNACK other than 0.
  void refuse_connect(mqtt::ReasonCode reason_code, std::string_view reason, Actions& actions);
  void say_goodbye(CloseReason reason, Actions& actions);
  void release_will(Actions& actions);
  void close_for(std::optional<CloseReason> reason, Actions& actions);
  void close(CloseReason reason, Actions& actions);

  const SessionLimits& limits_;
  bus::UniqueIds& client_ids_;
  const time::Instant connect_by_;

  State state_ = State::kAwaitingConnect;
  Hold hold_ = Hold::kNone;
  bool stopping_ = false;
  bool has_more_ = false;
  bool said_goodbye_ = false;
  bool reading_ = true;  // wants_input() at the end of the last event
  std::string client_id_;
  Agreement agreement_;
  Peer peer_;
  std::unique_ptr<Will> will_;  // nullptr: none

  mqtt::PacketDecoder decoder_;
  UploadExchange uploads_;

  time::TokenBucket publish_tokens_;
  std::optional<time::Instant> publish_pause_until_;
  time::Instant last_packet_at_;
  std::optional<time::Instant> packet_began_at_;  // of a packet that is not complete
};

}  // namespace millrace::mqtt_receiver
