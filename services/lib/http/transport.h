// SPDX-License-Identifier: Apache-2.0
//
// The socket layer: accepts connections, spreads them over threads, and ends them in good order.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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
#include "lib/http/server_metrics.h"
#include "lib/network/address_limit.h"
#include "lib/network/proxy_protocol.h"
#include "lib/process/platform.h"

namespace millrace::http {

class Transport final : private ConnectionHost {
 public:
  // Hands a request on. Runs on a lane's thread.
  using Dispatch = std::function<void(ReceivedRequest)>;

  Transport(ServerOptions options, Dispatch dispatch, process::Platform& platform);
  ~Transport() override;

  // Listens and accepts. kUnavailable: a port is taken or a host unknown.
  absl::Status start();
  std::uint16_t port(std::size_t listener) const { return ports_.at(listener); }
  // As Server::stop().
  bool drain(std::chrono::milliseconds deadline);

 private:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp,
                                                      boost::asio::io_context::executor_type>;
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;

  // What listens on one address. Runs on the first lane.
  struct Door {
    Door(const Listener& its, boost::asio::io_context& context)
        : listener(its), acceptor(context), pause(context) {}

    const Listener& listener;
    Acceptor acceptor;
    Timer pause;
    boost::asio::ip::tcp::endpoint peer;  // of the connection that is being accepted
  };

  struct OpenConnection {
    std::shared_ptr<Connection> connection;
    std::optional<network::AddressLimit::Place> place;  // not yet, while a PROXY header is awaited
    bool tls = false;
  };

  // A thread and the connections that run on it. Nothing is shared between lanes but counters.
  struct Lane {
    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
        context.get_executor()};
    std::unordered_map<const Connection*, OpenConnection> connections;
    bool draining = false;

    // A copy: closing takes them out of the map.
    std::vector<std::shared_ptr<Connection>> open() const;

    std::jthread thread;  // last: the others are its
  };

  const ServerOptions& options() const override { return options_; }
  const time::Clock& clock() const override { return platform_.clock; }
  const ServerMetrics& metrics() const override { return metrics_; }
  bool reserve(std::size_t total, std::size_t more) override;
  void release(std::size_t bytes) override;
  void dispatch(ReceivedRequest received) override;
  void body_failed(const absl::Status& cause) override;
  void handshake_failed(const std::string& cause) override;
  void proxy_header_failed(network::ProxyFault fault) override;

  absl::Status bind(Door& door);
  void accept(Door& door);
  void on_accept(const boost::system::error_code& error, Door& door, Socket socket, Lane& lane);
  // False: so many are open.
  bool enter(const boost::asio::ip::address& peer, bool tls);
  // nullopt: so many are open from there.
  std::optional<network::AddressLimit::Place> take_place(const boost::asio::ip::address& peer);
  void turn_away(Unwelcome reason, const boost::asio::ip::address& peer);
  void adopt(Lane& lane, const Door& door, Socket socket, const boost::asio::ip::address& peer,
             std::optional<network::AddressLimit::Place> place);
  std::shared_ptr<Connection> connect(const Door& door, Socket socket, Connection::Events events);
  void forget(Lane& lane, const Connection& connection);
  void begin_drain();
  void abort_all();
  bool wait_until_empty(std::chrono::milliseconds deadline);
  void join();

  const ServerOptions options_;
  const Dispatch dispatch_;
  process::Platform& platform_;
  const ServerMetrics metrics_;
  network::AddressLimit address_limit_;
  std::atomic<std::size_t> receiving_bytes_{0};

  concurrency::Mutex mutex_;
  concurrency::CondVar empty_;
  std::size_t connections_ ABSL_GUARDED_BY(mutex_) = 0;

  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<std::unique_ptr<Door>> doors_;  // none any more when stopped
  std::vector<std::uint16_t> ports_;
  std::size_t next_lane_ = 0;  // of the first lane's thread
};

}  // namespace millrace::http
