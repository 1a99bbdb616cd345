// SPDX-License-Identifier: Apache-2.0
//
// Accepts connections and deals them out to the workers in turn; starts and stops the whole of it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>  // Asio 1.74 needs it before its own headers in C++20
#include <vector>

#include <absl/status/status.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "lib/config/settings_table.h"
#include "lib/intake/intake.h"
#include "lib/process/platform.h"
#include "mqtt-receiver/io_worker.h"

namespace millrace::mqtt_receiver {

struct ListenerOptions {
  config::Listen listen = {.host = "0.0.0.0", .port = 1883};
  std::size_t io_threads = 1;
  std::size_t max_connections = 10'000;
  std::size_t max_buffered_bytes = 256U << 20U;  // of all connections together
  ConnectionLimits connection = {};
};

class Listener {
 public:
  Listener(const ListenerOptions& options, process::Platform& platform);
  ~Listener();  // stops without patience
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Binds and begins to accept. `intake` must stay valid until stop() has returned; its receipts
  // may come until the listener is destroyed.
  absl::Status start(intake::Intake& intake);
  // Where it listens; the system's choice with port 0. Valid after start().
  std::uint16_t port() const { return port_; }

  // Ends the connections that have used the token. Safe to call from any thread and at any time.
  void revoke(std::int64_t token_id);

  // Accepts no more, lets connections answer what is in flight until `deadline`, then ends them.
  // Returns how many had to be ended with uploads unanswered or goodbyes unread.
  std::size_t stop(std::chrono::milliseconds deadline);

 private:
  absl::Status open_acceptor();
  void accept();
  void on_accepted(const boost::system::error_code& error, Connection::Socket socket,
                   IoWorker& worker);

  const ListenerOptions options_;
  process::Platform& platform_;
  const ReceiverMetrics metrics_;
  ClientRegistry clients_;
  const std::shared_ptr<ByteBudget> budget_;  // shared with the scrape of its gauge
  ConnectionCount count_;
  std::optional<UploadHandler> uploads_;
  std::vector<std::unique_ptr<IoWorker>> workers_;

  // Of the first worker's thread, once started.
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  std::size_t next_worker_ = 0;

  std::uint16_t port_ = 0;
  bool started_ = false;
};

}  // namespace millrace::mqtt_receiver
