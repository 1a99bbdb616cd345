// SPDX-License-Identifier: Apache-2.0
#include "http-receiver/correlation.h"

#include <algorithm>
#include <string_view>

namespace millrace::http_receiver {
namespace {

constexpr std::size_t kMaxIdBytes = 64;

// What may stand in logs of all services and in other people's tools.
bool is_id(std::string_view id) {
  return !id.empty() && id.size() <= kMaxIdBytes && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == ':';
  });
}

}  // namespace

Correlation Correlations::of(const http::Headers& headers) {
  Correlation correlation;
  const std::string_view traceparent = headers.get(trace::kTraceparentHeader);
  if (!traceparent.empty()) correlation.trace = trace::TraceContext::parse(traceparent);
  const std::string_view given = headers.get(kCorrelationHeader);
  if (is_id(given)) {
    correlation.id = given;
  } else if (correlation.trace.has_value()) {
    correlation.id = correlation.trace->trace_id();
  } else {
    correlation.id = made_.next();
  }
  return correlation;
}

}  // namespace millrace::http_receiver
