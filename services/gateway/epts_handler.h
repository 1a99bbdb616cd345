// SPDX-License-Identifier: Apache-2.0
//
// Kaa's EPTS REST API and the export as CSV: request → calls of query and registry → answer.
// docs/kaa-rest.md is for its callers.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "gateway/epts_calls.h"
#include "gateway/epts_route.h"
#include "gateway/key_shares.h"
#include "gateway/upstreams.h"
#include "lib/http/message.h"
#include "lib/process/platform.h"

namespace millrace::gateway {

struct EptsLimits {
  std::chrono::milliseconds call_timeout{60'000};  // of each call behind a request
  std::size_t max_request_bytes = 8 << 20;         // inflated
  std::size_t requests_per_key = 250;              // at a time, exports that run too; more: 429
};

// Safe to use from any thread. All it is given must outlive it and the answers it has begun.
class EptsHandler {
 public:
  EptsHandler(const Upstreams& upstreams, EptsLimits limits, process::Platform& platform)
      : upstreams_(upstreams),
        limits_(limits),
        platform_(platform),
        shares_("requests", limits.requests_per_key) {}

  // Of any path below /epts/api/ and /api/.
  void handle(const http::Request& request, const http::Reply& reply);

 private:
  void answer(const http::Request& request, const EptsRoute& route, const http::Reply& reply);
  // kResourceExhausted: the key has its share.
  absl::StatusOr<std::shared_ptr<const EptsCalls>> calls_for(const http::Request& request);
  void count(EptsResource resource, int status) const;

  const Upstreams& upstreams_;
  const EptsLimits limits_;
  process::Platform& platform_;
  KeyShares shares_;
};

}  // namespace millrace::gateway
