// SPDX-License-Identifier: Apache-2.0
#include "lib/tls/certificate_files.h"

namespace millrace::tls {

void declare(config::SettingsTable& table, CertificateFiles& files) {
  table.optional_text("tls-certificate", &files.certificate,
                      "PEM file with the server's certificate and those that lead to its "
                      "authority, read again on SIGHUP; empty: connections are not encrypted.");
  table.optional_text("tls-key", &files.key,
                      "PEM file with the private key of tls-certificate, readable by the service "
                      "only.");
  table.rule([&files] {
    if (files.certificate.empty() == files.key.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(
        files.key.empty() ? "tls-certificate is given without tls-key; give both or neither"
                          : "tls-key is given without tls-certificate; give both or neither");
  });
}

}  // namespace millrace::tls
