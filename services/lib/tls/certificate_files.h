// SPDX-License-Identifier: Apache-2.0
//
// The settings that turn TLS on for a server: the same two in every service.
#pragma once

#include <string>

#include "lib/config/settings_table.h"

namespace millrace::tls {

// Paths of PEM files; both or neither.
struct CertificateFiles {
  std::string certificate;  // the server's own, then those that lead to an authority
  std::string key;          // of the first certificate, without a pass phrase

  bool given() const { return !certificate.empty(); }
};

// Adds tls-certificate and tls-key. `files` must outlive the table.
void declare(config::SettingsTable& table, CertificateFiles& files);

}  // namespace millrace::tls
