// SPDX-License-Identifier: Apache-2.0
//
// Settings of the registry. The meaning of each is in settings.cpp and the README.
#pragma once

#include <cstdint>
#include <string>

#include "lib/config/settings_table.h"
#include "lib/tls/certificate_files.h"

namespace millrace::registry {

struct Settings {
  std::string instance_name = "registry";
  config::Listen grpc_listen{"0.0.0.0", 50052};
  tls::CertificateFiles tls;
  std::int64_t grpc_threads = 32;
  std::string nats_url = "nats://127.0.0.1:4222";
  std::string database_url = "postgresql://registry@127.0.0.1:5432/millrace";
  std::int64_t database_connections = 8;
  std::int64_t look_up_workers = 4;
  std::int64_t password_check_workers = 2;
  std::string admin_key_file = "admin.key";
  bool reset_admin_key = false;
};

// `settings` must stay valid as long as the table.
config::SettingsTable declare(Settings& settings);

}  // namespace millrace::registry
