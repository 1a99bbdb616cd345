// SPDX-License-Identifier: Apache-2.0
//
// The settings of query: names, defaults and bounds.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "lib/config/settings_table.h"
#include "lib/tls/certificate_files.h"

namespace millrace::query {

struct Settings {
  config::Listen grpc_listen{"0.0.0.0", 50051};
  tls::CertificateFiles tls;
  std::string nats_url = "nats://127.0.0.1:4222";
  std::string database_url = "postgresql:///millrace";
  std::string instance_name = "query";
  std::int64_t database_connections = 8;
  std::chrono::milliseconds connection_wait{2'000};
  std::chrono::milliseconds statement_timeout{30'000};
  std::int64_t max_calls = 64;
  std::int64_t max_calls_per_key = 0;
  std::chrono::milliseconds call_timeout{std::chrono::hours{1}};
  std::chrono::milliseconds stall_timeout{60'000};
  std::int64_t max_subscriptions = 5000;
  std::int64_t max_subscriptions_per_key = 2500;
};

// max_calls_per_key, or what 0 stands for: half of max_calls, at least 1.
std::int64_t calls_per_key(const Settings& settings);

// `settings` must outlive the table.
config::SettingsTable declare(Settings& settings);

}  // namespace millrace::query
