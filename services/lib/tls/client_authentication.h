// SPDX-License-Identifier: Apache-2.0
//
// The settings that make a server ask its clients for certificates (mutual TLS).
#pragma once

#include <string>

#include "lib/config/settings_table.h"
#include "lib/tls/certificate_files.h"

namespace millrace::tls {

struct ClientAuthentication {
  // "none": not asked for. "optional": asked for; who shows one must show one that can be verified.
  // "required": who shows none is refused.
  std::string policy = "none";
  std::string authorities;  // path of a PEM file: whose certificates are taken

  bool asked() const { return policy != "none"; }
  bool required() const { return policy == "required"; }
};

// Adds tls-client-certificate and tls-client-authorities, beside the settings of `files`. Both must
// outlive the table.
void declare(config::SettingsTable& table, ClientAuthentication& clients,
             const CertificateFiles& files);

}  // namespace millrace::tls
