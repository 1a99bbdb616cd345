// SPDX-License-Identifier: Apache-2.0
//
// Settings of epts. The meaning of each is in settings.cpp and the README.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/bus/streams.h"
#include "lib/config/settings_table.h"

namespace millrace::epts {

struct Settings {
  std::string instance_name = "epts";
  std::string nats_url = "nats://127.0.0.1:4222";
  std::string database_url = "postgresql://epts@127.0.0.1:5432/millrace";
  bus::StreamOptions stream;
  std::int64_t writers = 2;
  std::int64_t fetch_messages = 1000;
  std::int64_t fetch_bytes = 8 << 20;
  std::int64_t samples_per_transaction = 20'000;
  std::chrono::milliseconds ack_wait{30'000};
  std::chrono::milliseconds statement_timeout{10'000};
  std::int64_t fields_per_sample = 1000;
  std::int64_t string_bytes = 64 << 10;
  std::int64_t series_per_application = 10'000;
  std::int64_t layouts_per_application = 10'000;
  std::int64_t series_per_endpoint = 1000;
  std::int64_t layouts_per_endpoint = 100;
  std::int64_t cached_endpoints = 200'000;
  std::chrono::milliseconds accept_past = std::chrono::days{3650};
  std::chrono::milliseconds accept_future = std::chrono::days{1};
  std::chrono::milliseconds retention = std::chrono::days{36'500};
  std::string rollups = "on";
  std::int64_t rollup_share = 20;
  std::chrono::milliseconds rejected_sample_age = std::chrono::days{30};
  std::int64_t rejected_samples = 1'000'000;
  std::int64_t rejected_sample_bytes = 64 << 10;
  std::string data_points_events = "interest";
  std::string data_points_transmitters;
};

// Their names. kInvalidArgument: one of them cannot be one.
absl::StatusOr<std::vector<std::string>> transmitters(const Settings& settings);

// `settings` must stay valid as long as the table.
config::SettingsTable declare(Settings& settings);

}  // namespace millrace::epts
