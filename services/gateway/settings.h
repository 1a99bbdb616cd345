// SPDX-License-Identifier: Apache-2.0
//
// Every setting of the gateway; the README's table is printed from it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <absl/status/status.h>

#include "gateway/connect_handler.h"
#include "gateway/cross_site.h"
#include "lib/config/settings_table.h"
#include "lib/http/server.h"
#include "lib/rpc/channel.h"
#include "lib/rpc/generic_call.h"
#include "lib/tls/certificate_files.h"

namespace millrace::gateway {

struct Settings {
  config::Listen listen{.host = "0.0.0.0", .port = 8000};
  tls::CertificateFiles certificate;  // of the listener; none: plain HTTP
  std::string query_address = "127.0.0.1:50051";
  std::string registry_address = "127.0.0.1:50052";
  rpc::ChannelTls grpc_tls;  // to both
  std::string nats_url = "nats://127.0.0.1:4222";
  std::string instance_name = "gateway";
  std::int64_t io_threads = 0;  // 0: as many as the machine has cores
  std::int64_t max_connections = 4'000;
  std::int64_t max_request_bytes = 8 << 20;
  std::int64_t max_receiving_bytes = 64 << 20;
  std::int64_t max_answer_bytes = 16 << 20;
  std::int64_t max_calls = 200;
  std::int64_t max_streams = 500;
  std::int64_t max_streams_per_key = 0;  // 0: half of max_streams
  std::chrono::milliseconds call_timeout{60'000};
  std::chrono::milliseconds idle_timeout{60'000};
  std::chrono::milliseconds read_timeout{30'000};
  std::chrono::milliseconds write_timeout{30'000};
  std::string allowed_origins;
  std::string allowed_hosts;
  std::string device_http_url;
  std::string device_mqtt_url;
};

// `settings` must outlive the table.
config::SettingsTable declare(Settings& settings);

// What the table cannot see: kInvalidArgument names the setting.
absl::Status check(const Settings& settings);

// The certificate and the answers to what cannot be read are the service's to add.
http::ServerOptions server_options(const Settings& settings);
// `credentials`: of grpc_tls; nullptr: none.
rpc::ChannelOptions channel_options(const Settings& settings, const std::string& address,
                                    std::shared_ptr<grpc::ChannelCredentials> credentials);
rpc::GenericLimits call_limits(const Settings& settings);
ConnectLimits connect_limits(const Settings& settings);
// Of settings that check() finds no fault with.
AllowedSites allowed_sites(const Settings& settings);

}  // namespace millrace::gateway
