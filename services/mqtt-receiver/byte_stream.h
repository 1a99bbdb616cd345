// SPDX-License-Identifier: Apache-2.0
//
// What MQTT's bytes travel on: a socket as it is, TLS over it, WebSocket over either. Nothing
// blocks and nothing is awaited in here: a call goes as far as it can and says what to wait for.
// That is what OpenSSL and a non-blocking socket are like by themselves, and it leaves the memory
// of an idle connection to the socket.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>  // Asio 1.74 needs it before its own headers in C++20

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "lib/tls/server_session.h"

namespace millrace::mqtt_receiver {

enum class StreamStatus {
  kDone,
  kWantRead,   // again when the socket is readable
  kWantWrite,  // again when it is writable; of write(), with the same bytes or more
  kClosed,     // the peer has ended
  kFailed,     // the peer broke the rules of the transport; fault() says which
};

struct StreamResult {
  StreamStatus status = StreamStatus::kDone;
  std::size_t bytes = 0;  // with kDone; 0 of a read: some came, none of them for the reader
  bool more = false;      // of a read: another one may find bytes at once
};

// Used by one thread at a time. A call after kClosed or kFailed gives the same again.
class ByteStream {
 public:
  ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  virtual ~ByteStream() = default;

  virtual StreamResult read(char* into, std::size_t size) = 0;
  // May take fewer bytes than there are.
  virtual StreamResult write(std::string_view bytes) = 0;
  // Says that nothing more will be written; to be called again after kWantWrite.
  virtual StreamResult shutdown() = 0;

  // Bytes that read() would give although the socket may have none.
  virtual bool has_input() const { return false; }
  // Something of the transport's own waits to be sent: write() takes it along, even without bytes.
  virtual bool has_output() const { return false; }
  // A phrase for logs, after kFailed; as long as the stream lives.
  virtual std::string_view fault() const { return {}; }
};

// The socket as it is. It must outlive the stream and not block.
class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(boost::asio::ip::tcp::socket& socket) : socket_(socket) {}

  StreamResult read(char* into, std::size_t size) override {
    boost::system::error_code error;
    const std::size_t count = socket_.read_some(boost::asio::buffer(into, size), error);
    return result(error, count, StreamStatus::kWantRead, count == size);
  }
  StreamResult write(std::string_view bytes) override {
    boost::system::error_code error;
    const std::size_t count = socket_.write_some(boost::asio::buffer(bytes), error);
    return result(error, count, StreamStatus::kWantWrite, false);
  }
  StreamResult shutdown() override { return {}; }

 private:
  static StreamResult result(const boost::system::error_code& error, std::size_t count,
                             StreamStatus want, bool more) {
    namespace asio = boost::asio;
    if (!error) return {StreamStatus::kDone, count, more};
    const bool blocks = error == asio::error::would_block || error == asio::error::try_again ||
                        error == asio::error::interrupted;
    return {blocks ? want : StreamStatus::kClosed};
  }

  boost::asio::ip::tcp::socket& socket_;
};

// TLS over a socket, after the handshake.
class TlsStream final : public ByteStream {
 public:
  explicit TlsStream(std::unique_ptr<tls::ServerSession> session) : session_(std::move(session)) {}

  // A record at a time; whether the socket has another one only another read can tell.
  StreamResult read(char* into, std::size_t size) override {
    return result(session_->read(into, size), true);
  }
  StreamResult write(std::string_view bytes) override {
    return result(session_->write(bytes), false);
  }
  StreamResult shutdown() override { return result(session_->shutdown(), false); }
  bool has_input() const override { return session_->has_input(); }
  std::string_view fault() const override { return session_->error(); }

 private:
  static StreamResult result(const tls::ServerSession::Result& result, bool more) {
    using Status = tls::ServerSession::Status;
    switch (result.status) {
      case Status::kDone:
        return {StreamStatus::kDone, result.bytes, more};
      case Status::kWantRead:
        return {StreamStatus::kWantRead};
      case Status::kWantWrite:
        return {StreamStatus::kWantWrite};
      case Status::kClosed:
        return {StreamStatus::kClosed};
      case Status::kFailed:
        break;
    }
    return {StreamStatus::kFailed};
  }

  const std::unique_ptr<tls::ServerSession> session_;
};

}  // namespace millrace::mqtt_receiver
