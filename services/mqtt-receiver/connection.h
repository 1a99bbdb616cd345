// SPDX-License-Identifier: Apache-2.0
//
// One socket driving one Session: bytes in, actions carried out, bytes out, time-outs. Everything
// runs on the thread of its worker; nothing blocks.
//
// Reading waits for readiness and then reads into a buffer that all connections of the worker
// share, so that an idle connection holds none. Writing tries at once and waits only for what the
// kernel did not take.
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
#include "mqtt-receiver/byte_budget.h"
#include "mqtt-receiver/client_registry.h"
#include "mqtt-receiver/mailbox.h"
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
  ClientRegistry& clients;
  ByteBudget& budget;
  Mailbox& mailbox;
  std::function<void(ConnectionId)> on_end;  // once a connection; may destroy it
  TokenSessions tokens = {};
  // Of clients that leave the choice to us.
  std::shared_ptr<bus::UniqueIds> client_ids = std::make_shared<bus::UniqueIds>();
  std::vector<char> read_buffer = std::vector<char>(64U << 10U);
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  // `surroundings` outlives the connection.
  Connection(ConnectionId id, Socket socket, ConnectionSurroundings& surroundings);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  // Takes a receipt; flush() is called after all receipts of a wake-up.
  void take_receipt(const UploadReceipt& receipt);
  void flush();
  // Takes no more packets; ends when what is in flight is answered.
  void begin_stop();
  // Ends now, for a reason that is not of the session.
  void end(CloseReason reason);

  ConnectionId id() const { return id_; }

 private:
  enum class State {
    kOpen,
    kLingering,  // everything is said; waits until the peer has read it
    kEnded,
  };

  void configure_socket();
  void wait_readable();
  void read_available();
  void discard_available();
  void apply(Actions& actions);
  void authenticate(const ConnectCredentials& credentials);
  void settle();
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

  time::Instant now() const { return surroundings_.platform.clock.instant(); }
  std::size_t pending_output() const { return output_.size() - sent_; }

  const ConnectionId id_;
  ConnectionSurroundings& surroundings_;
  Socket socket_;
  boost::asio::steady_timer timer_;
  std::string peer_;  // address:port, for logs

  State state_ = State::kOpen;
  Session session_;
  bool connected_ = false;  // CONNECT was accepted
  std::int64_t last_token_id_ = 0;
  std::optional<CloseReason> end_reason_;  // wanted; carried out by settle()

  bool waiting_readable_ = false;
  Hold hold_ = Hold::kNone;
  bool counted_paused_ = false;
  std::size_t budgeted_bytes_ = 0;

  std::string output_;
  std::size_t sent_ = 0;  // of output_
  bool waiting_writable_ = false;
  time::Instant stalled_since_;  // with waiting_writable_

  time::Instant linger_until_ = time::Instant::max();
  time::Instant timer_at_ = time::Instant::max();  // when timer_ fires
};

}  // namespace millrace::mqtt_receiver
