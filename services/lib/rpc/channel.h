// SPDX-License-Identifier: Apache-2.0
//
// The client's side: a channel to one server, and what every call over it carries. Connections are
// not encrypted yet.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <absl/status/status.h>
#include <grpcpp/grpcpp.h>

namespace millrace::rpc {

struct ChannelOptions {
  std::string address;  // host:port
  std::string key;      // API key; empty: none is sent
  // Of each call; 0: none (live streams).
  std::chrono::milliseconds deadline{30'000};
  int max_message_bytes = 64 << 20;
  // Channels of a process to one address share their connection otherwise.
  bool own_connection = false;
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
