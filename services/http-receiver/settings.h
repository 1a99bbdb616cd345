// SPDX-License-Identifier: Apache-2.0
//
// Every setting of the receiver; the README's table is printed from it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/config/settings_table.h"
#include "lib/http/server.h"
#include "lib/intake/intake.h"
#include "lib/tls/certificate_files.h"
#include "lib/tls/server_certificate.h"

namespace millrace::http_receiver {

struct Settings {
  Settings();

  std::optional<config::Listen> http_listen = config::Listen{.host = "0.0.0.0", .port = 8080};
  std::optional<config::Listen> https_listen = config::Listen{.host = "0.0.0.0", .port = 8443};
  tls::CertificateFiles certificate;  // none: no HTTPS, whatever https_listen says
  std::int64_t io_threads = 0;        // 0: as many as the machine has cores
  std::int64_t max_connections = 10'000;
  std::int64_t max_connections_per_address = 0;  // 0: no limit
  std::int64_t max_receiving_bytes = 64 << 20;
  std::chrono::milliseconds idle_timeout{60'000};
  std::chrono::milliseconds read_timeout{30'000};
  std::chrono::milliseconds write_timeout{30'000};
  std::chrono::milliseconds handshake_timeout{10'000};
  std::string allowed_origins;
  std::string proxy_protocol = "off";
  intake::Settings intake;
};

// `settings` must outlive the table.
config::SettingsTable declare(Settings& settings);

// `certificate`: of the HTTPS listener; nullptr: none. `refuse` is the service's to add.
http::ServerOptions server_options(const Settings& settings,
                                   std::shared_ptr<tls::ServerCertificate> certificate);
// Of settings that the table's rules find no fault with.
std::vector<std::string> allowed_origins(const Settings& settings);

}  // namespace millrace::http_receiver
