// SPDX-License-Identifier: Apache-2.0
//
// Every setting of the receiver; the README's table is printed from it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "lib/config/settings_table.h"
#include "lib/intake/intake.h"
#include "mqtt-receiver/listener.h"

namespace millrace::mqtt_receiver {

struct Settings {
  Settings() { intake.service = intake.instance_name = "mqtt-receiver"; }

  std::optional<config::Listen> mqtt_listen = config::Listen{.host = "0.0.0.0", .port = 1883};
  // Without a certificate: none, whatever it says.
  std::optional<config::Listen> mqtts_listen = config::Listen{.host = "0.0.0.0", .port = 8883};
  std::optional<config::Listen> ws_listen;
  std::optional<config::Listen> wss_listen;
  tls::CertificateFiles certificate;
  tls::ClientAuthentication clients;
  std::string proxy_protocol = "off";
  std::int64_t io_threads = 0;  // 0: as many as the machine has cores
  std::int64_t max_connections = 10'000;
  std::int64_t max_connections_per_address = 0;  // no bound
  std::int64_t max_buffered_bytes = 256 << 20;
  std::int64_t max_uploads_in_flight = 128;
  std::int64_t max_bytes_in_flight = 4 << 20;
  std::int64_t max_output_bytes = 1 << 20;
  std::int64_t max_unacknowledged_responses = 16'384;
  std::int64_t max_publishes_per_second = 0;    // of a connection; 0: no bound
  std::chrono::milliseconds max_keep_alive{0};  // 0: the client's
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds packet_timeout{60'000};
  std::chrono::milliseconds write_timeout{30'000};
  std::chrono::milliseconds unavailable_timeout{10'000};
  intake::Settings intake;
};

// `settings` must outlive the table.
config::SettingsTable declare(Settings& settings);

ListenerOptions listener_options(const Settings& settings);

}  // namespace millrace::mqtt_receiver
