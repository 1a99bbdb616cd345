// SPDX-License-Identifier: Apache-2.0
#include "lib/tls/client_authentication.h"

namespace millrace::tls {

namespace {

absl::Status check(const ClientAuthentication& clients, const CertificateFiles& files) {
  if (clients.asked() == clients.authorities.empty()) {
    return absl::InvalidArgumentError(
        clients.asked()
            ? "tls-client-certificate asks for certificates, but tls-client-authorities "
              "does not say whose; give a PEM file of authorities"
            : "tls-client-authorities is given while tls-client-certificate is none; "
              "set it to optional or required");
  }
  if (clients.asked() && !files.given()) {
    return absl::InvalidArgumentError(
        "tls-client-certificate needs TLS; give tls-certificate and tls-key too");
  }
  return absl::OkStatus();
}

}  // namespace

void declare(config::SettingsTable& table, ClientAuthentication& clients,
             const CertificateFiles& files) {
  table.choice("tls-client-certificate", &clients.policy, {"none", "optional", "required"},
               "Whether clients are asked for a certificate in the TLS handshake; one that "
               "tls-client-authorities does not vouch for ends it.");
  table.optional_text("tls-client-authorities", &clients.authorities,
                      "PEM file with the authorities whose certificates clients may show, read "
                      "again on SIGHUP.");
  table.rule([&clients, &files] { return check(clients, files); });
}

}  // namespace millrace::tls
