// SPDX-License-Identifier: Apache-2.0
//
// By what one request is found again, in logs of all services and in the client's own.
#pragma once

#include <optional>
#include <string>

#include "lib/bus/unique_id.h"
#include "lib/http/message.h"
#include "lib/trace/trace_context.h"

namespace millrace::http_receiver {

inline constexpr char kCorrelationHeader[] = "X-Request-Id";

struct Correlation {
  // What the client gave in X-Request-Id, where that is fit for logs (up to 64 letters, digits and
  // -_.:), else its trace id, else one that was made.
  std::string id;
  std::optional<trace::TraceContext> trace;
};

// Safe to use from any thread.
class Correlations {
 public:
  Correlation of(const http::Headers& headers);

 private:
  bus::UniqueIds made_;
};

}  // namespace millrace::http_receiver
