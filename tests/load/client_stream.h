// SPDX-License-Identifier: Apache-2.0
//
// A client's connection over TCP or TLS: one type for both, so that a device does not care.
// Handlers get a boost::system::error_code first. Certificates are not verified: loads go to this
// machine's own servers. For one thread; at most one read and one write at a time.
#pragma once

#include <memory>
#include <string>
#include <utility>  // Boost 1.74's Asio uses std::exchange without including it

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

namespace millrace::load {

class ClientStream {
 public:
  using Tcp = boost::asio::ip::tcp;
  using Error = boost::system::error_code;

  // `tls` is null for plain TCP, and outlives the stream.
  ClientStream(boost::asio::io_context& io, boost::asio::ssl::context* tls)
      : tls_context_(tls), socket_(io) {}

  // Connects, from the local address `from` if that is specified, with Nagle's algorithm off; then
  // the TLS handshake.
  template <class Handler>
  void async_connect(const Tcp::endpoint& where, const boost::asio::ip::address& from,
                     Handler handler) {
    Error error;
    socket_.open(where.protocol(), error);
    if (!error && !from.is_unspecified()) socket_.bind({from, 0}, error);
    if (!error) socket_.set_option(Tcp::no_delay(true), error);
    if (error) {
      boost::asio::post(socket_.get_executor(), [handler, error] { handler(error); });
      return;
    }
    socket_.async_connect(where, [this, handler](const Error& failure) {
      if (failure || tls_context_ == nullptr) return handler(failure);
      tls_ = std::make_unique<TlsStream>(socket_, *tls_context_);
      tls_->async_handshake(boost::asio::ssl::stream_base::client, handler);
    });
  }

  template <class Handler>
  void async_read_some(const boost::asio::mutable_buffer& buffer, Handler handler) {
    if (tls_) return tls_->async_read_some(buffer, std::move(handler));
    socket_.async_read_some(buffer, std::move(handler));
  }

  // All of it. The bytes stay valid until the handler runs.
  template <class Handler>
  void async_write(const std::string& bytes, Handler handler) {
    if (tls_)
      return boost::asio::async_write(*tls_, boost::asio::buffer(bytes), std::move(handler));
    boost::asio::async_write(socket_, boost::asio::buffer(bytes), std::move(handler));
  }

  // Ends what is pending with an error. async_connect() may be called again when all of it ended.
  void close() {
    Error ignored;
    socket_.close(ignored);
  }
  // After all that was pending ended.
  void reset() { tls_.reset(); }

 private:
  using TlsStream = boost::asio::ssl::stream<Tcp::socket&>;

  boost::asio::ssl::context* tls_context_;
  Tcp::socket socket_;
  std::unique_ptr<TlsStream> tls_;
};

}  // namespace millrace::load
