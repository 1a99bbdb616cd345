// SPDX-License-Identifier: Apache-2.0
//
// One socket: reads a request within its limits, hands it on, writes the answer, and so on until
// one side wants to close. Runs on one thread (its lane's); answer() and answer_nothing() alone may
// be called from others.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>  // Boost 1.74's Asio uses std::exchange without it

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "lib/http/message.h"
#include "lib/http/server.h"
#include "lib/http/server_metrics.h"
#include "lib/network/proxy_protocol.h"

namespace millrace::http {

class Connection;

using Socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

// A request as the socket layer has read it.
struct ReceivedRequest {
  Request request;
  std::shared_ptr<Connection> connection;  // to answer
};

// What a connection asks of its owner, which must outlive it.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  virtual const ServerOptions& options() const = 0;
  virtual const time::Clock& clock() const = 0;
  virtual const ServerMetrics& metrics() const = 0;
  // Takes `more` bytes of what may be in memory of bodies being received, for a connection that
  // would have `total` then; false: too much.
  virtual bool reserve(std::size_t total, std::size_t more) = 0;
  virtual void release(std::size_t bytes) = 0;
  virtual void dispatch(ReceivedRequest received) = 0;
  // The source of an answer's body failed, and the connection is cut.
  virtual void body_failed(const absl::Status& cause) = 0;
  virtual void handshake_failed(const std::string& cause) = 0;
  virtual void proxy_header_failed(network::ProxyFault fault) = 0;
};

class Connection {
 public:
  // What the owner is told, on the connection's thread.
  struct Events {
    // Runs once, when the socket is closed.
    std::function<void(const Connection&)> closed;
    // Set: a header of the PROXY protocol comes first, before TLS. Told whose connection it says
    // this is (nullopt: the balancer's own); false: close it.
    std::function<bool(const Connection&, const std::optional<boost::asio::ip::tcp::endpoint>&)>
        identify;
  };

  virtual ~Connection() = default;

  virtual void start() = 0;
  // To the request handed on last. From any thread, once for each.
  virtual void answer(Response response) = 0;
  // The handler dropped it: 500.
  virtual void answer_nothing() = 0;
  // Closes now when between requests, else after the answer.
  virtual void close_when_idle() = 0;
  virtual void abort() = 0;
};

// `host` must outlive the connection.
std::shared_ptr<Connection> make_connection(Socket socket, ConnectionHost& host,
                                            Connection::Events events);
// The same over TLS; the context may be dropped afterwards.
std::shared_ptr<Connection> make_tls_connection(Socket socket, boost::asio::ssl::context& context,
                                                ConnectionHost& host, Connection::Events events);

}  // namespace millrace::http
