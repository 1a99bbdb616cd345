// SPDX-License-Identifier: Apache-2.0
//
// One socket: reads a request within its limits, hands it on, writes the answer, and so on until
// one side wants to close. Runs on one thread (its lane's); answer() alone may be called from
// others.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>  // Boost 1.74's Asio uses std::exchange without it

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "lib/http/message.h"
#include "lib/http/server.h"

namespace millrace::http {

class Connection;

using Socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

// A request as the socket layer has read it.
struct RawRequest {
  boost::beast::http::request<boost::beast::http::string_body> message;
  std::shared_ptr<Connection> connection;  // to answer
};

// What a connection asks of its owner, which must outlive it.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  virtual const ServerOptions& options() const = 0;
  virtual const time::Clock& clock() const = 0;
  // Takes `more` bytes of what may be in memory of bodies being received, for a connection that
  // would have `total` then; false: too much.
  virtual bool reserve(std::size_t total, std::size_t more) = 0;
  virtual void release(std::size_t bytes) = 0;
  // False when the request's target is no URI.
  virtual bool dispatch(RawRequest request) = 0;
  virtual void count_response(int status) = 0;
};

class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  // Runs once, on the connection's thread, when its socket is closed.
  using Closed = std::function<void(const Connection&)>;

  Connection(Socket socket, ConnectionHost& host, Closed on_closed);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  // To the request handed on last. From any thread, once for each.
  void answer(Response response);
  void answer_error(int status, const std::string& reason);
  // Closes now when between requests, else after the answer.
  void close_when_idle();
  void abort();

 private:
  using ErrorCode = boost::beast::error_code;

  void read_head();
  void on_head(ErrorCode error);
  void send_continue();
  void read_body();
  void on_body(ErrorCode error);
  bool account_body();
  void hand_on();
  void write(Response response);
  void on_written(ErrorCode error);
  // Answers with an error that ends the connection, because the rest of the request stays unread.
  void refuse(int status, const std::string& reason);
  void fail(ErrorCode error);
  void linger();
  void discard();
  void release_body();
  void close();

  ConnectionHost& host_;
  const Closed on_closed_;
  boost::beast::basic_stream<boost::asio::ip::tcp, boost::asio::io_context::executor_type> stream_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  std::optional<boost::beast::http::response<boost::beast::http::string_body>> response_;
  std::size_t reserved_bytes_ = 0;  // of the body being received
  time::Instant body_deadline_;
  time::Instant linger_deadline_;
  unsigned version_ = 11;  // of the current request: 10 or 11
  bool between_requests_ = true;
  bool keep_alive_ = false;     // after the answer to the current request
  bool head_only_ = false;      // the current request is a HEAD: its answer has no body
  bool closing_ = false;        // the server stops
  bool awaits_answer_ = false;  // the handler has the current request
  bool closed_ = false;
};

}  // namespace millrace::http
