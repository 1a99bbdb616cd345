// SPDX-License-Identifier: Apache-2.0
//
// The services behind the gateway: which one answers for a gRPC service, and what of a browser's
// request goes on to it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lib/http/message.h"
#include "lib/process/platform.h"
#include "lib/rpc/generic_call.h"

namespace millrace::gateway {

// `query` and `registry` must outlive it. Safe to use from any thread.
class Upstreams {
 public:
  Upstreams(rpc::GenericCaller& query, rpc::GenericCaller& registry)
      : query_(query), registry_(registry) {}

  rpc::GenericCaller& query() const { return query_; }
  rpc::GenericCaller& registry() const { return registry_; }

  // By a service's full name, millrace.query.v1.Query; nullptr: none of ours.
  rpc::GenericCaller* of_service(std::string_view service) const;

 private:
  rpc::GenericCaller& query_;
  rpc::GenericCaller& registry_;
};

// The key and the trace of a request, as gRPC metadata: `authorization` and `api-key` as they are,
// `x-iamcore-api-key` as `api-key`, and a valid `traceparent`.
rpc::Metadata forwarded_metadata(const http::Request& request);

}  // namespace millrace::gateway
