// SPDX-License-Identifier: Apache-2.0
//
// The client's side: a channel to one server, and what every call over it carries.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <absl/status/statusor.h>
#include <grpcpp/grpcpp.h>

#include "lib/config/settings_table.h"

namespace millrace::rpc {

// Whether a client's connections are encrypted, as settings have it.
struct ChannelTls {
  bool enabled = false;
  // PEM file of the authorities that servers' certificates must lead to; empty: the system's. One
  // that is given turns TLS on.
  std::string authorities;

  bool on() const { return enabled || !authorities.empty(); }
};

// Adds grpc-tls and tls-ca. `tls` must outlive the table.
void declare(config::SettingsTable& table, ChannelTls& tls);

// For ChannelOptions; nullptr when TLS is off. The server must show a certificate for the host of
// the address. An error names the file and what is wrong with it.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> channel_credentials(
    const ChannelTls& tls);

struct ChannelOptions {
  std::string address;  // host:port
  std::string key;      // API key; empty: none is sent
  // Of each call; 0: none (live streams).
  std::chrono::milliseconds deadline{30'000};
  int max_message_bytes = 64 << 20;
  // Channels of a process to one address share their connection otherwise.
  bool own_connection = false;
  // Of channel_credentials(); nullptr: not encrypted.
  std::shared_ptr<grpc::ChannelCredentials> credentials = nullptr;
};

// Connects at the first call, and again when the connection breaks. Safe to use from any thread.
class Channel {
 public:
  explicit Channel(ChannelOptions options);

  // For the constructor of a generated stub.
  const std::shared_ptr<grpc::Channel>& grpc() const { return channel_; }

  // Sets key and deadline; once per call.
  void prepare(grpc::ClientContext& context) const;

  // What a call's status means, with the address where the server was not reached. The server's
  // own messages stay as they are.
  absl::Status status_of(const grpc::Status& status) const;

 private:
  const ChannelOptions options_;
  const std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace millrace::rpc
