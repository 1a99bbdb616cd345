// SPDX-License-Identifier: Apache-2.0
//
// Everything that can be found of the newest samples of an endpoint: at the receivers, in the
// stream, in the tables. Each place may be away; the others are asked all the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/bus/connection.h"
#include "lib/time/clock.h"
#include "lib/time_series/endpoint_history.h"
#include "lib/time_series/rejected_reader.h"
#include "query/deployment.h"

#include "millrace/configuration/v1/configuration.pb.h"
#include "millrace/status/v1/status.pb.h"

namespace millrace::query {

struct TraceQuery {
  std::string endpoint_id;  // empty: uploads of unknown tokens that named app_version_name
  std::string app_version_name;
  std::string application_name;
  // Nothing: it never stored anything.
  std::optional<std::int32_t> application_key;
  int limit = 10;
};

// An upload in the stream, or points that a transmitter published.
struct WaitingUpload {
  time::UnixMicros received_at;
  std::string correlation_id;
  std::int64_t samples = 0;
};

struct EndpointTraces {
  std::vector<status::v1::RefusalsResponse> refusals;
  std::vector<WaitingUpload> waiting;                 // newest first
  std::vector<time_series::StoredFrame> stored;       // newest first
  std::vector<time_series::RejectedSample> rejected;  // newest first
  // What could not be found out, and why.
  std::vector<std::string> gaps;
};

// The newest messages of the stream that are looked into, and for how long.
inline constexpr std::int64_t kMaxMessagesLookedInto = 1000;
inline constexpr std::chrono::milliseconds kMaxStreamLook{1000};

EndpointTraces find_traces(const TraceQuery& query, bus::Connection& bus, const ReadDatabase& read,
                           const time::Clock& clock);

}  // namespace millrace::query
