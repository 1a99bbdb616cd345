// SPDX-License-Identifier: Apache-2.0
//
// All listening sockets, the workers, and what they share: starts and stops the whole of it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <absl/status/status.h>

#include "lib/config/settings_table.h"
#include "lib/intake/intake.h"
#include "lib/process/platform.h"
#include "lib/tls/server_certificate.h"
#include "mqtt-receiver/acceptor.h"

namespace millrace::mqtt_receiver {

// One address to listen on.
struct ListenOptions {
  const char* setting = "mqtt-listen";  // where it comes from; a literal
  registry_client::ClientTransport transport = registry_client::ClientTransport::kTcp;
  config::Listen listen = {.host = "0.0.0.0", .port = 1883};
};

struct ListenerOptions {
  std::vector<ListenOptions> listens = {{}};
  bool proxy_header = false;  // every connection begins with one, from a balancer
  tls::CertificateFiles certificate = {};
  tls::ClientAuthentication clients = {};
  std::size_t io_threads = 1;
  std::size_t max_connections = 10'000;
  std::size_t max_connections_per_address = 0;   // 0: no bound
  std::size_t max_buffered_bytes = 256U << 20U;  // of all connections together
  ConnectionLimits connection = {};
};

// What a listener's connections speak to. Both must stay valid until stop() has returned; their
// answers may come until the listener is destroyed.
struct ListenerDoors {
  intake::Intake& intake;
  registry_client::CredentialDirectory& credentials;
};

class Listener {
 public:
  Listener(const ListenerOptions& options, process::Platform& platform);
  ~Listener();  // stops without patience
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Reads the certificate, binds and begins to accept.
  absl::Status start(const ListenerDoors& doors);
  // Where the listens, in their order, got their place; the system's choice with port 0. Valid
  // after start().
  std::uint16_t port(std::size_t listen = 0) const { return acceptors_.at(listen)->port(); }

  // Reads the certificate and the authorities of clients again, for the handshakes to come.
  void reload();

  // Ends the connections that have used the token. Safe to call from any thread and at any time.
  void revoke(std::int64_t token_id);
  // Those whose client has shown these credentials. Likewise.
  void revoke_credentials(std::int64_t credentials_id);
  // Those that the rules would not let in. Likewise.
  void change_rules(const registry_client::AuthenticationRules& rules);

  // Accepts no more, lets connections answer what is in flight until `deadline`, then ends them.
  // Returns how many had to be ended with uploads unanswered or goodbyes unread.
  std::size_t stop(std::chrono::milliseconds deadline);

 private:
  absl::Status open_acceptors();

  const ListenerOptions options_;
  process::Platform& platform_;
  const ReceiverMetrics metrics_;
  ClientRegistry clients_;
  const std::shared_ptr<ByteBudget> budget_;  // shared with the scrape of its gauge
  network::AddressLimit addresses_;
  ConnectionCount count_;
  std::optional<UploadHandler> uploads_;
  std::optional<Authenticator> authenticator_;
  std::shared_ptr<tls::ServerCertificate> certificate_;
  std::vector<std::unique_ptr<IoWorker>> workers_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;  // use the workers and what is above
  bool started_ = false;
};

}  // namespace millrace::mqtt_receiver
