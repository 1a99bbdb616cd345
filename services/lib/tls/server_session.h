// SPDX-License-Identifier: Apache-2.0
//
// The server's side of one TLS connection over a non-blocking socket, driven by whoever waits for
// the socket: each call goes as far as it can and says what to wait for.
//
// OpenSSL reads the socket itself. Asio's ssl::stream keeps 70 KiB of buffers a connection between
// the two; here an idle connection keeps none (SSL_MODE_RELEASE_BUFFERS), which is what thousands
// of silent devices are made of.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include <boost/asio/ssl/context.hpp>

#include "lib/tls/certificate_name.h"

namespace millrace::tls {

// Of a handshake that failed.
enum class HandshakeFault {
  kNone,
  kNotTls,              // the bytes are no TLS
  kNoAgreement,         // no version, cipher or curve in common
  kCertificateMissing,  // required, not shown
  kCertificateRefused,  // shown, not verified
  kRefusedByPeer,       // an alert: it does not trust our certificate, for instance
  kOther,
};

// For labels: "not_tls", "no_agreement", ...
std::string_view name(HandshakeFault fault);

// Not safe to use from several threads at a time.
class ServerSession {
 public:
  enum class Status {
    kDone,
    kWantRead,   // call again when the socket is readable
    kWantWrite,  // call again when it is writable; of write(), with the same bytes or more
    kClosed,     // the peer has ended, in order or not
    kFailed,     // the connection is of no use any more; error() says why
  };
  struct Result {
    Status status = Status::kDone;
    std::size_t bytes = 0;  // with kDone
  };

  // `socket`: non-blocking; it must stay open as long as the session lives.
  ServerSession(boost::asio::ssl::context& context, int socket);
  ServerSession(const ServerSession&) = delete;
  ServerSession& operator=(const ServerSession&) = delete;

  // Until kDone; nothing else before.
  Result handshake();
  Result read(char* into, std::size_t size);
  Result write(std::string_view bytes);
  // Says that nothing more will be written.
  Result shutdown();

  // Bytes that read() would give although the socket may have none.
  bool has_input() const;

  // What the client has shown and we have verified.
  std::optional<CertificateName> peer_certificate() const;

  HandshakeFault fault() const { return fault_; }
  // OpenSSL's words, after kFailed; lives for ever.
  std::string_view error() const { return error_; }

 private:
  struct Free {
    void operator()(ssl_st* session) const;
  };

  Result result_of(int returned, std::size_t bytes);
  Result fail();

  std::unique_ptr<ssl_st, Free> ssl_;
  HandshakeFault fault_ = HandshakeFault::kNone;
  std::string_view error_;
};

}  // namespace millrace::tls
