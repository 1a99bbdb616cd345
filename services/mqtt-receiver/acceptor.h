// SPDX-License-Identifier: Apache-2.0
//
// One listening socket: accepts connections and deals them out to the workers in turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>  // Asio 1.74 needs it before its own headers in C++20
#include <vector>

#include <absl/status/status.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "lib/config/settings_table.h"
#include "mqtt-receiver/io_worker.h"

namespace millrace::mqtt_receiver {

// What all acceptors share; it outlives them.
struct AcceptorSurroundings {
  const std::vector<std::unique_ptr<IoWorker>>& workers;  // one at least
  process::Platform& platform;
  const ReceiverMetrics& metrics;
  ConnectionCount& count;
};

class Acceptor {
 public:
  // `setting`: the one that `listen` comes from, for errors and logs; it must be a literal.
  Acceptor(const char* setting, config::Listen listen, TransportOptions transport,
           const AcceptorSurroundings& surroundings);
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  // Binds and listens; connections wait in the kernel's queue. Before the workers start.
  absl::Status open();
  // Valid after open(); the system's choice with port 0.
  std::uint16_t port() const { return port_; }
  registry_client::ClientTransport transport() const { return transport_.transport; }

  // Both take effect on the first worker's thread and may be called from any. The acceptor must
  // live until the workers have ended.
  void start();
  void stop();

 private:
  void accept();
  void on_accepted(const boost::system::error_code& error, Connection::Socket socket,
                   IoWorker& worker);
  absl::Status cannot_listen(const std::string& cause) const;

  const char* const setting_;
  const config::Listen listen_;
  const TransportOptions transport_;
  const AcceptorSurroundings surroundings_;
  std::uint16_t port_ = 0;

  // Of the first worker's thread, once started.
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  std::size_t next_worker_ = 0;
};

}  // namespace millrace::mqtt_receiver
