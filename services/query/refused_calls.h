// SPDX-License-Identifier: Apache-2.0
//
// Calls that were refused because too much is asked at once: counted where each is refused.
#pragma once

#include <string>

#include "lib/metrics/metric.h"

namespace millrace::query {

// `reason`: max_calls, max_calls_per_key, trials, connection.
inline metrics::Counter refused_calls(metrics::Registry& registry, const std::string& reason) {
  return registry.counter("millrace_query_refused_calls_total",
                          "Calls refused because too much was asked at once, by what was full.",
                          {{"reason", reason}});
}

}  // namespace millrace::query
