// SPDX-License-Identifier: Apache-2.0
//
// What the methods of the Grafana contract read, in memory bounded by the page whatever the range.
// A connection is held for a few statements at a time.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <absl/status/statusor.h>

#include "query/grafana_frame.h"
#include "query/grafana_query.h"
#include "query/query_handler.h"

namespace millrace::query {

// Frames in the order of the query's metrics; a metric or an endpoint without points has no frame
// or no column.
struct GrafanaPage {
  std::vector<GrafanaFrame> frames;
  std::optional<time::UnixMicros> behind;  // where the next page begins; nothing: that was all
};

// For one call, on its thread.
class GrafanaReader {
 public:
  GrafanaReader(QueryHandler& calls, QueryHandler::Call& call, std::string application_name)
      : calls_(calls), call_(call), application_name_(std::move(application_name)) {}

  // (name, description) of at most kMaxGrafanaNames metrics with `filter` in their name, in byte
  // order of series and value.
  absl::StatusOr<std::vector<std::pair<std::string, std::string>>> metrics(
      const std::vector<std::string>& endpoint_ids, const std::string& filter);

  // Columns of one point at most.
  absl::StatusOr<GrafanaPage> last(const GrafanaQuery& query);
  absl::StatusOr<GrafanaPage> history(const GrafanaQuery& query);
  absl::StatusOr<GrafanaPage> aggregate(const GrafanaQuery& query);

 private:
  // A frame without points for each of the metrics that the application has.
  absl::StatusOr<std::vector<GrafanaFrame>> known_metrics(const GrafanaQuery& query);
  void set_units(std::vector<GrafanaFrame>& frames);
  // The next points of one endpoint, `max_rows` at most. Where there may be more: the time of the
  // last one that was looked at.
  absl::StatusOr<std::optional<time::UnixMicros>> read_column(const GrafanaQuery& query,
                                                              const GrafanaFrame& frame,
                                                              GrafanaColumn& column);
  absl::Status read_strings(const GrafanaQuery& query, GrafanaFrame& frame);

  QueryHandler& calls_;
  QueryHandler::Call& call_;
  const std::string application_name_;
  std::int32_t application_key_ = 0;
};

}  // namespace millrace::query
