// SPDX-License-Identifier: Apache-2.0
//
// An HTTP/1.1 server on cpprestsdk's http_listener, with a socket layer of our own beneath it
// (transport.h): cpprestsdk's reads heads and bodies without any bound, knows neither time-outs nor
// Expect, and cuts requests in flight when it closes; README.md has the list. Everything a peer can
// make large or slow is limited by ServerOptions.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/http/message.h"
#include "lib/process/platform.h"
#include "lib/tls/server_certificate.h"

namespace millrace::http {

// What TLS is to offer by ALPN. Old clients, and curl --http1.0, offer http/1.0 alone.
inline constexpr char kAlpnProtocols[] = "http/1.1,http/1.0";

// Where a server listens.
struct Listener {
  std::string host = "0.0.0.0";  // an address; a name is resolved
  std::uint16_t port = 0;        // 0: the system chooses
  // Set: TLS only, loaded for kAlpnProtocols; may be reloaded at any time.
  std::shared_ptr<tls::ServerCertificate> certificate = nullptr;
  // Every connection begins with a header of the PROXY protocol, which a balancer writes
  // (lib/network); one without it is closed. Anybody who reaches such a listener can write one.
  bool proxy_protocol = false;
};

// A request that never reaches the handler, because it cannot be read.
struct RefusedRequest {
  int status = 400;
  std::string reason;
  Request head;  // without body; empty where the fault is in the head itself
};

struct ServerOptions {
  std::vector<Listener> listeners{Listener{}};
  int threads = 2;
  std::size_t max_body_bytes = 1 << 20;     // more: 413, by Content-Length before any of it is read
  std::size_t max_header_bytes = 16 << 10;  // request line and fields; more: 431
  std::size_t max_connections = 10'000;     // of all listeners; further ones are closed at once
  std::size_t max_connections_per_address = 0;  // the same for one peer; 0: no limit
  // Bodies being received, all together; more: 503, but for connections within their equal share
  // (this / max_connections).
  std::size_t max_receiving_bytes = 64 << 20;
  std::chrono::milliseconds idle_timeout{60'000};  // until a request's head is complete
  std::chrono::milliseconds read_timeout{30'000};  // silence within a body; ten times it in all
  // For an answer to be taken; of a stream, for each piece.
  std::chrono::milliseconds write_timeout{30'000};
  // Of TLS, and of the PROXY protocol's header, in all.
  std::chrono::milliseconds handshake_timeout{10'000};
  // Makes the answer to such a request; on a thread of the server, which must not be held up.
  std::function<Response(const RefusedRequest&)> refuse;
};

// What a setting io-threads means: so many; 0: as many as the machine has cores.
int thread_count(std::int64_t set);

// cpprestsdk keeps its server in a static member, so there is one Server in a process at a time.
// Safe to use from any thread.
class Server {
 public:
  // Serves from now on. kUnavailable: a port is taken or a host unknown. kFailedPrecondition:
  // another Server exists.
  static absl::StatusOr<std::unique_ptr<Server>> create(ServerOptions options, Handler handler,
                                                        process::Platform& platform);
  // Every Reply must have been called or dropped before.
  virtual ~Server() = default;

  // Of the n-th of ServerOptions::listeners.
  virtual std::uint16_t port(std::size_t listener = 0) const = 0;

  // Accepts nothing new, closes idle connections, lets requests that have begun be read and
  // answered (with Connection: close; streams too), then joins the threads. False when `deadline`
  // passed first; what was left is cut then. May be called again.
  virtual bool stop(std::chrono::milliseconds deadline) = 0;
};

}  // namespace millrace::http
