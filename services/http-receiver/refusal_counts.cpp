// SPDX-License-Identifier: Apache-2.0
#include "http-receiver/refusal_counts.h"

namespace millrace::http_receiver {
namespace {

// In the order of Reason.
constexpr const char* kNames[] = {"unknown_path",     "method",       "origin",
                                  "content_encoding", "damaged_body", "inflated_too_large"};

}  // namespace

RefusalCounts::RefusalCounts(metrics::Registry& registry) {
  for (const char* name : kNames) {
    counters_.push_back(registry.counter(
        "millrace_http_receiver_refused_requests_total",
        "Requests that were read and refused before anything was looked up for them.",
        {{"reason", name}}));
  }
}

}  // namespace millrace::http_receiver
