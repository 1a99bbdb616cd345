// SPDX-License-Identifier: Apache-2.0
//
// CONNECT → what the registry knows of the client → the mailbox of the connection's worker. The
// wiring between two threads, and what a verdict is in MQTT's words.
#pragma once

#include "lib/registry_client/credential_directory.h"
#include "mqtt-receiver/client_registry.h"
#include "mqtt-receiver/session_actions.h"

namespace millrace::mqtt_receiver {

// Safe to use from any thread.
class Authenticator {
 public:
  explicit Authenticator(registry_client::CredentialDirectory& directory) : directory_(directory) {}

  // The verdict comes to `from` by its worker's mailbox, never inside this call.
  void check(registry_client::ClientCredentials credentials,
             registry_client::ClientTransport transport, ConnectionAddress from);

  // False: something was revoked or required meanwhile, check again. To be asked once the
  // connection can be found by what its client has shown.
  bool is_current(const registry_client::Verdict& verdict) const {
    return directory_.is_current(verdict);
  }

 private:
  registry_client::CredentialDirectory& directory_;
};

// For CONNACK. What a wrong password and a suspended user are told is the same to MQTT 3.1.1, but
// for the code.
AuthenticationVerdict to_mqtt(const registry_client::Verdict& verdict);

}  // namespace millrace::mqtt_receiver
