// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/activity_reader.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "lib/error/error.h"

namespace millrace::time_series {
namespace {

constexpr std::size_t kProbesPerStatement = 1000;
// Each may count a hundred thousand frames, and statements have a time limit.
constexpr std::size_t kCountsPerStatement = 100;

struct Endpoint {
  std::int32_t key = 0;
  std::optional<time::UnixMicros> last_time;
  std::int64_t frames = 0;
};

using Endpoints = std::span<Endpoint*>;

postgres::Param keys_of(Endpoints endpoints) {
  std::vector<std::int32_t> keys;
  for (const Endpoint* endpoint : endpoints) keys.push_back(endpoint->key);
  return postgres::to_param(keys);
}

// Calls `work` with parts of `endpoints`.
template <class Work>
absl::Status in_slices(Endpoints endpoints, std::size_t size, const Work& work) {
  for (std::size_t at = 0; at < endpoints.size(); at += size) {
    MILLRACE_RETURN_IF_ERROR(work(endpoints.subspan(at, std::min(size, endpoints.size() - at))));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, Endpoint>> find_endpoints(postgres::Connection& connection,
                                                               const ActivityQuery& query) {
  static const std::string kSql =
      "SELECT endpoint_key, endpoint_id FROM time_series.endpoint"
      " WHERE application_key = $1 AND endpoint_id = ANY($2)";
  const auto rows = connection.execute(
      kSql, {postgres::to_param(query.application_key), postgres::to_param(query.endpoint_ids)});
  if (!rows.ok()) return explain_failure(rows.status());
  std::map<std::string, Endpoint> endpoints;
  for (int row = 0; row < rows->rows(); ++row) {
    endpoints.emplace(rows->text(row, 1), Endpoint{rows->int4(row, 0), std::nullopt, 0});
  }
  return endpoints;
}

absl::Status find_last_times(postgres::Connection& connection, const TimeRange& window,
                             Endpoints endpoints) {
  static const std::string kSql =
      "SELECT e.ordinal, f.time FROM unnest($1) WITH ORDINALITY AS e(endpoint_key, ordinal)"
      " CROSS JOIN LATERAL ("
      "   SELECT time FROM time_series.frame"
      "   WHERE endpoint_key = e.endpoint_key AND time >= $2 AND time < $3"
      "   ORDER BY time DESC LIMIT 1) AS f";
  const auto rows = connection.execute(
      kSql, {keys_of(endpoints), postgres::to_param(window.from), postgres::to_param(window.to)});
  if (!rows.ok()) return explain_failure(rows.status());
  for (int row = 0; row < rows->rows(); ++row) {
    endpoints[static_cast<std::size_t>(rows->int8(row, 0)) - 1]->last_time =
        rows->timestamp(row, 1);
  }
  return absl::OkStatus();
}

absl::Status count_frames(postgres::Connection& connection, const ActivityQuery& query,
                          Endpoints endpoints) {
  static const std::string kSql =
      "SELECT e.ordinal, f.frames FROM unnest($1) WITH ORDINALITY AS e(endpoint_key, ordinal)"
      " CROSS JOIN LATERAL (SELECT count(*) AS frames FROM ("
      "   SELECT FROM time_series.frame"
      "   WHERE endpoint_key = e.endpoint_key AND time >= $2 AND time < $3 LIMIT $4) AS counted"
      " ) AS f";
  const auto rows = connection.execute(
      kSql, {keys_of(endpoints), postgres::to_param(query.counted.from),
             postgres::to_param(query.counted.to), postgres::to_param(query.max_counted)});
  if (!rows.ok()) return explain_failure(rows.status());
  for (int row = 0; row < rows->rows(); ++row) {
    endpoints[static_cast<std::size_t>(rows->int8(row, 0)) - 1]->frames = rows->int8(row, 1);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<EndpointActivity>> read_activity(postgres::Connection& connection,
                                                            const ActivityQuery& query) {
  MILLRACE_ASSIGN_OR_RETURN(const Partitions partitions, read_partitions(connection));
  auto windows =
      split_into_windows(partitions, {kEarliestTime, kLatestTime}, query.partitions_per_window);
  std::reverse(windows.begin(), windows.end());
  MILLRACE_ASSIGN_OR_RETURN(auto found, find_endpoints(connection, query));
  std::vector<Endpoint*> left;
  for (auto& [id, endpoint] : found) left.push_back(&endpoint);
  for (const TimeRange& window : windows) {
    MILLRACE_RETURN_IF_ERROR(in_slices(left, kProbesPerStatement, [&](Endpoints slice) {
      return find_last_times(connection, window, slice);
    }));
    std::erase_if(left, [](const Endpoint* endpoint) { return endpoint->last_time.has_value(); });
    if (left.empty()) break;
  }
  std::vector<Endpoint*> busy;
  for (auto& [id, endpoint] : found) {
    if (endpoint.last_time >= query.counted.from) busy.push_back(&endpoint);
  }
  MILLRACE_RETURN_IF_ERROR(in_slices(busy, kCountsPerStatement, [&](Endpoints slice) {
    return count_frames(connection, query, slice);
  }));
  std::vector<EndpointActivity> activity;
  for (const std::string& id : query.endpoint_ids) {
    const auto endpoint = found.find(id);
    if (endpoint == found.end() || !endpoint->second.last_time) continue;
    activity.push_back({id, *endpoint->second.last_time, endpoint->second.frames});
  }
  return activity;
}

}  // namespace millrace::time_series
