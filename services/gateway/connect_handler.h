// SPDX-License-Identifier: Apache-2.0
//
// POST /<package.Service>/<Method>: a call of gRPC for whoever speaks HTTP/1.1, by the Connect
// protocol. One code for all methods; what a key may do the service behind says.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "gateway/connect_protocol.h"
#include "gateway/connect_stream.h"
#include "gateway/key_shares.h"
#include "gateway/open_streams.h"
#include "gateway/rpc_methods.h"
#include "lib/http/message.h"
#include "lib/process/platform.h"

namespace millrace::gateway {

struct ConnectLimits {
  std::chrono::milliseconds call_timeout{60'000};  // of unary calls
  std::size_t max_request_bytes = 8 << 20;         // inflated
  std::size_t calls_per_key = 100;                 // unary ones at a time
  std::size_t streams_per_key = 250;               // at a time
};

// Safe to use from any thread. All it is given must outlive it, and it the calls it has begun.
class ConnectHandler {
 public:
  ConnectHandler(const RpcMethods& methods, OpenStreams& streams, ConnectLimits limits,
                 process::Platform& platform)
      : methods_(methods),
        streams_(streams),
        limits_(limits),
        platform_(platform),
        call_shares_("calls", limits.calls_per_key),
        stream_shares_("streams", limits.streams_per_key) {}

  void handle(http::Request request, const http::Reply& reply);

 private:
  struct Call;

  http::Response unknown_method(const http::Request& request) const;
  absl::StatusOr<rpc::GenericRequest> request_of(const http::Request& request,
                                                 const Call& call) const;
  absl::StatusOr<std::string> unary_message(const http::Request& request, const Call& call) const;
  absl::StatusOr<std::string> stream_message(const http::Request& request, const Call& call) const;
  absl::StatusOr<std::string> decoded(std::string_view body, const Call& call) const;
  void unary(const http::Request& request, Call call, const http::Reply& reply);
  // `asked`: the request's headers.
  http::Response answer_of(const Call& call, const http::Request& asked,
                           rpc::GenericAnswer answer) const;
  void stream(const http::Request& request, Call call, const http::Reply& reply);
  void count(const Call& call, absl::StatusCode code) const;

  const RpcMethods& methods_;
  OpenStreams& streams_;
  const ConnectLimits limits_;
  process::Platform& platform_;
  KeyShares call_shares_;
  KeyShares stream_shares_;
};

}  // namespace millrace::gateway
