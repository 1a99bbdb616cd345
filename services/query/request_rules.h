// SPDX-License-Identifier: Apache-2.0
//
// What a request may say, and what it means: limits, defaults, ranges made half-open. Every refusal
// is kInvalidArgument whose message begins with the field's name. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/time_series/range_reader.h"
#include "lib/time_series/rejected_reader.h"
#include "query/endpoint_traces.h"
#include "query/subscription.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::query {

inline constexpr int kMaxLastPoints = 100'000;
inline constexpr int kMaxPageSize = 1000;
inline constexpr int kMaxReplayedPageSize = 10'000;

// Names without repeats, in the order asked.
struct SeriesList {
  std::string application_name;
  std::vector<std::string> endpoint_ids;
  bool with_extent = false;
};

struct DataPoints {
  std::string application_name;
  std::vector<std::string> endpoint_ids;
  std::vector<std::string> series_names;
  time_series::TimeRange range;
  time_series::Direction direction = time_series::Direction::kAscending;
  std::optional<std::int64_t> limit;
  std::string request_digest;
  std::optional<time_series::RangePosition> behind;
};

struct LastPoints {
  std::string application_name;
  std::vector<std::string> endpoint_ids;
  std::vector<std::string> series_names;
  std::optional<time::UnixMicros> before;
  int limit = 0;
};

struct RejectedSamples {
  std::string application_name;
  std::string endpoint_id;
  std::optional<time::UnixMicros> from;
  std::optional<time::UnixMicros> to;
  std::string reason;
  int page_size = 0;
  std::string request_digest;
  std::optional<time_series::RejectedPosition> behind;
};

struct Subscribed {
  std::string application_name;
  std::vector<std::string> endpoint_ids;  // none: all
  std::set<std::string> series_names;     // none: all
  std::optional<time::UnixMicros> from;
  std::string request_digest;
  std::optional<SubscriptionPosition> resumed;
};

absl::StatusOr<SeriesList> check(const v1::ListTimeSeriesRequest& request);
absl::StatusOr<Subscribed> check(const v1::SubscribeRequest& request);
absl::StatusOr<DataPoints> check(const v1::GetDataPointsRequest& request);
absl::StatusOr<LastPoints> check(const v1::GetLastDataPointsRequest& request);
absl::StatusOr<RejectedSamples> check(const v1::ListRejectedSamplesRequest& request);
absl::StatusOr<RejectedSamples> check(const v1::ReplayRejectedSamplesRequest& request);
absl::StatusOr<std::set<std::string>> check(const v1::DiagnoseRequest& request);
absl::StatusOr<TraceQuery> check(const v1::ExplainEndpointRequest& request);

}  // namespace millrace::query
