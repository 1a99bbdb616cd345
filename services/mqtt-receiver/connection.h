// SPDX-License-Identifier: Apache-2.0
//
// One socket driving one Session: bytes in, actions carried out, bytes out, time-outs. Everything
// runs on the thread of its worker; nothing blocks.
//
// It begins with an Opening, which makes the stream that MQTT travels on: TCP, TLS, WebSocket.
// Reading waits for readiness and then reads into a buffer that all connections of the worker
// share, so that an idle connection holds none. Writing tries at once and waits only for what the
// kernel did not take. A turn is bounded, however much there is to read or to answer; then the
// others of the worker have theirs.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>  // Asio 1.74 needs it before its own headers in C++20
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "lib/bus/unique_id.h"
#include "lib/process/platform.h"
#include "mqtt-receiver/authenticator.h"
#include "mqtt-receiver/byte_budget.h"
#include "mqtt-receiver/client_registry.h"
#include "mqtt-receiver/mailbox.h"
#include "mqtt-receiver/opening.h"
#include "mqtt-receiver/output_buffer.h"
#include "mqtt-receiver/receiver_metrics.h"
#include "mqtt-receiver/session.h"
#include "mqtt-receiver/token_sessions.h"
#include "mqtt-receiver/upload_handler.h"

namespace millrace::mqtt_receiver {

struct ConnectionLimits {
  SessionLimits session = {};
  // Of what waits to be sent. Above half of it the connection is not read from; above it, it ends.
  std::size_t max_output_bytes = 1U << 20U;
  // The longest time in which the peer takes nothing of what waits.
  std::chrono::milliseconds write_timeout{30'000};
};

// What the connections of one worker share. Members that are not safe to use from any thread belong
// to the worker's.
struct ConnectionSurroundings {
  const ConnectionLimits& limits;
  process::Platform& platform;
  const ReceiverMetrics& metrics;
  UploadHandler& uploads;
  Authenticator& authenticator;
  ClientRegistry& clients;
  ByteBudget& budget;
  network::AddressLimit& addresses;
  Mailbox& mailbox;
  std::function<void(ConnectionId)> on_end;  // once a connection; may destroy it
  TokenSessions tokens = {};
  // Of clients that leave the choice to us.
  std::shared_ptr<bus::UniqueIds> client_ids = std::make_shared<bus::UniqueIds>();
  std::vector<char> read_buffer = std::vector<char>(64U << 10U);
  std::string frame_scratch = {};  // of WebSocketStream
};

// A socket that a listener has accepted.
struct Arrival {
  boost::asio::ip::tcp::socket socket;
  const TransportOptions& transport;  // outlives the connection
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  // `surroundings` outlives the connection.
  Connection(ConnectionId id, Arrival arrival, ConnectionSurroundings& surroundings);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  // Takes a receipt; flush() is called after all receipts of a wake-up.
  void take_receipt(const UploadReceipt& receipt);
  void flush();
  // Lets the client in or not; asks once more where the verdict is not current any more.
  void take_verdict(CheckedCredentials checked);
  // Takes no more packets; ends when what is in flight is answered.
  void begin_stop();
  // Ends now, for a reason that is not of the session.
  void end(CloseReason reason);

  ConnectionId id() const { return id_; }
  registry_client::ClientTransport transport() const { return transport_.transport; }
  bool connected() const { return connected_; }  // CONNECT was accepted
  // What the client has been let in for.
  const registry_client::ShownCredentials& shown() const { return shown_; }

 private:
  enum class State {
    kOpening,  // no stream yet
    kOpen,
    kLingering,  // everything is said; waits until the peer has read it
    kEnded,
  };

  void configure_socket();
  void go_on_opening();
  void begin_session();
  void end_opening(OpeningFault fault, CloseReason reason);
  void wait_readable();
  void read_available();
  void on_readable();
  void discard_available();
  void apply(Actions& actions);
  void authenticate(ConnectCredentials credentials);
  void log_refusal(const CheckedCredentials& checked);
  void settle();
  bool settled();
  void update_gauges();
  Hold wanted_hold(std::size_t held_bytes);
  void send_output();
  void wait_writable();
  void arm_timer();
  void on_timer();
  void begin_end(CloseReason reason);
  void count_end(CloseReason reason);
  void log_end(CloseReason reason);
  void linger();
  void finish();

  std::string peer() const;  // address:port, for logs
  time::Instant now() const { return surroundings_.platform.clock.instant(); }
  std::size_t pending_output() const { return output_.pending(); }

  const ConnectionId id_;
  ConnectionSurroundings& surroundings_;
  const TransportOptions& transport_;
  Socket socket_;
  boost::asio::steady_timer timer_;

  State state_ = State::kOpening;
  std::unique_ptr<Opening> opening_;    // while kOpening
  std::unique_ptr<ByteStream> stream_;  // afterwards
  boost::asio::ip::tcp::endpoint address_;
  std::optional<network::AddressLimit::Place> place_;
  // Verified in the TLS handshake; nullptr: none was shown.
  std::unique_ptr<const registry_client::ClientCertificate> certificate_;

  Session session_;
  bool connected_ = false;
  registry_client::ShownCredentials shown_;
  std::int64_t last_token_id_ = 0;
  std::optional<CloseReason> end_reason_;  // wanted; carried out by settle()
  bool turn_posted_ = false;               // settle() goes on after others had their turn

  bool waiting_readable_ = false;
  bool read_wants_write_ = false;  // TLS: reading goes on when the socket is writable
  Hold hold_ = Hold::kNone;
  bool counted_paused_ = false;
  std::size_t budgeted_bytes_ = 0;

  OutputBuffer output_;
  bool waiting_writable_ = false;
  time::Instant stalled_since_;  // with waiting_writable_

  time::Instant linger_until_ = time::Instant::max();
  time::Instant timer_at_ = time::Instant::max();  // when timer_ fires
};

}  // namespace millrace::mqtt_receiver
