// SPDX-License-Identifier: Apache-2.0
//
// Every setting of the receiver; the README's table is printed from it.
#pragma once

#include <chrono>
#include <cstdint>

#include "lib/config/settings_table.h"
#include "lib/http/server.h"
#include "lib/intake/intake.h"

namespace millrace::http_receiver {

struct Settings {
  Settings();

  config::Listen listen{.host = "0.0.0.0", .port = 8080};
  std::int64_t io_threads = 0;  // 0: as many as the machine has cores
  std::int64_t max_connections = 10'000;
  std::int64_t max_receiving_bytes = 64 << 20;
  std::chrono::milliseconds idle_timeout{60'000};
  std::chrono::milliseconds read_timeout{30'000};
  std::chrono::milliseconds write_timeout{30'000};
  intake::Settings intake;
};

// `settings` must outlive the table.
config::SettingsTable declare(Settings& settings);

http::ServerOptions server_options(const Settings& settings);

}  // namespace millrace::http_receiver
