// SPDX-License-Identifier: Apache-2.0
//
// The socket layer: accepts connections, spreads them over threads, and ends them in good order.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <unordered_map>
#include <utility>  // Boost 1.74's Asio uses std::exchange without it
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "lib/concurrency/mutex.h"
#include "lib/http/connection.h"
#include "lib/http/server.h"
#include "lib/process/platform.h"

namespace millrace::http {

class Transport final : private ConnectionHost {
 public:
  // Hands a request on; false when its target is no URI. Runs on a lane's thread.
  using Dispatch = std::function<bool(RawRequest)>;

  Transport(ServerOptions options, Dispatch dispatch, process::Platform& platform);
  ~Transport() override;

  // Listens and accepts. kUnavailable: the port is taken or the host unknown.
  absl::Status start();
  std::uint16_t port() const { return port_; }
  // As Server::stop().
  bool drain(std::chrono::milliseconds deadline);

 private:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp,
                                                      boost::asio::io_context::executor_type>;
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;

  // A thread and the connections that run on it. Nothing is shared between lanes but counters.
  struct Lane {
    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
        context.get_executor()};
    std::unordered_map<const Connection*, std::shared_ptr<Connection>> connections;
    bool draining = false;
    std::jthread thread;  // last: the others are its
  };

  const ServerOptions& options() const override { return options_; }
  const time::Clock& clock() const override { return platform_.clock; }
  bool reserve(std::size_t total, std::size_t more) override;
  void release(std::size_t bytes) override;
  bool dispatch(RawRequest request) override;
  void count_response(int status) override;
  void body_failed(const absl::Status& cause) override;
  void handshake_failed(const std::string& cause) override;

  absl::Status bind();
  void accept();
  void on_accept(const boost::system::error_code& error, Socket socket, Lane& lane);
  void adopt(Lane& lane, Socket socket);
  std::shared_ptr<Connection> connect(Socket socket, Connection::Closed on_closed);
  void forget(Lane& lane, const Connection& connection);
  void begin_drain();
  void abort_all();
  bool wait_until_empty(std::chrono::milliseconds deadline);
  void join();

  const ServerOptions options_;
  const Dispatch dispatch_;
  process::Platform& platform_;
  const metrics::Gauge open_connections_;
  const metrics::Counter refused_connections_;
  const metrics::Counter cut_answers_;
  const metrics::Counter failed_handshakes_;
  const std::map<int, metrics::Counter> responses_;  // by status; 0: any other
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> receiving_bytes_{0};

  concurrency::Mutex mutex_;
  concurrency::CondVar empty_;
  std::size_t connections_ ABSL_GUARDED_BY(mutex_) = 0;

  std::vector<std::unique_ptr<Lane>> lanes_;
  // Both run on the first lane.
  std::unique_ptr<Acceptor> acceptor_;
  std::unique_ptr<Timer> accept_pause_;
  std::size_t next_lane_ = 0;
};

}  // namespace millrace::http
