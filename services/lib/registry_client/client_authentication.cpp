// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/client_authentication.h"

#include "lib/rpc/server.h"

namespace millrace::registry_client {

const char* name(ClientTransport transport) {
  switch (transport) {
    case ClientTransport::kTcp:
      return "tcp";
    case ClientTransport::kTls:
      return "tls";
    case ClientTransport::kWebSocket:
      return "websocket";
    case ClientTransport::kSecureWebSocket:
      return "secure-websocket";
  }
  return "unknown";
}

std::string password_digest(const std::string& user_name, const std::string& password) {
  std::string text = user_name;
  text += '\0';
  text += password;
  return rpc::sha256(text);
}

}  // namespace millrace::registry_client
