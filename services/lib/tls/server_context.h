// SPDX-License-Identifier: Apache-2.0
//
// How our servers speak TLS: 1.2 and 1.3, forward secrecy and authenticated encryption only, no
// renegotiation, no compression, no session cache (tickets are kept by clients).
#pragma once

#include <memory>
#include <string>

#include <absl/status/statusor.h>
#include <boost/asio/ssl/context.hpp>

#include "lib/tls/pem.h"

namespace millrace::tls {

// Which certificates of clients are taken.
struct ClientVerification {
  std::string authorities;  // PEM; empty: no certificate is asked for
  bool required = false;    // who shows none is refused
};

// `protocol`: those of ALPN, the preferred first ("http/1.1,http/1.0"); a client that offers others
// only is refused, one that offers none is not. Empty: ALPN is not looked at. It must be a literal.
// kInvalidArgument: OpenSSL does not take the pair (a key too short, a signature too weak), or the
// authorities.
absl::StatusOr<std::shared_ptr<boost::asio::ssl::context>> make_server_context(
    const KeyPair& pair, const char* protocol, const ClientVerification& clients = {});

}  // namespace millrace::tls
