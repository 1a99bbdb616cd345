// SPDX-License-Identifier: Apache-2.0
//
// What MQTT clients have to show, by transport, and what one has shown. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace millrace::registry_client {

// The ways by which an MQTT client may connect.
enum class ClientTransport { kTcp, kTls, kWebSocket, kSecureWebSocket };
inline constexpr std::size_t kClientTransports = 4;

// For people and labels of metrics: "tcp", "tls", "websocket", "secure-websocket".
const char* name(ClientTransport transport);

// Names an X.509 certificate that the transport has verified; how both are written says
// ClientCertificate in client_credentials.proto.
struct ClientCertificate {
  std::string issuer;
  std::string serial_number;
};

// As in CONNECT and in the TLS handshake. A password is any bytes.
struct ClientCredentials {
  std::optional<std::string> user_name;
  std::optional<std::string> password;
  std::optional<ClientCertificate> certificate;
};

// What goes over the bus instead of a password, as BasicCredentialsRequest says: 32 bytes.
std::string password_digest(const std::string& user_name, const std::string& password);

// What a session has shown, by the registry's numbers; 0: nothing of the kind was asked for.
struct ShownCredentials {
  std::int64_t basic_id = 0;
  std::int64_t certificate_id = 0;

  friend bool operator==(const ShownCredentials&, const ShownCredentials&) = default;
};

// What is not required is not looked at either.
struct Requirements {
  bool password = false;
  bool certificate = false;

  bool any() const { return password || certificate; }
  // Whether a session that has shown this would be let in.
  bool met_by(const ShownCredentials& shown) const {
    return (!password || shown.basic_id != 0) && (!certificate || shown.certificate_id != 0);
  }
  friend bool operator==(const Requirements&, const Requirements&) = default;
};

struct AuthenticationRules {
  std::array<Requirements, kClientTransports> by_transport = {};

  const Requirements& of(ClientTransport transport) const {
    return by_transport[static_cast<std::size_t>(transport)];
  }
  friend bool operator==(const AuthenticationRules&, const AuthenticationRules&) = default;
};

}  // namespace millrace::registry_client
