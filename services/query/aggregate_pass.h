// SPDX-License-Identifier: Apache-2.0
//
// Makes rows of aggregates out of the points of some values of one series: of one endpoint, or of
// several taken together. Pure; for one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/status.h>

#include "lib/aggregation/fill.h"
#include "lib/aggregation/windowed_aggregation.h"
#include "lib/time_series/point_merger.h"
#include "lib/time_series/rollup_reader.h"
#include "query/aggregate_request.h"

namespace millrace::query {

// Percentiles keep the values of windows that are not complete: 8 bytes each.
inline constexpr std::size_t kMaxHeldValues = 4'000'000;
// The first and the last string of each window, across endpoints.
inline constexpr std::size_t kMaxHeldTextBytes = std::size_t{32} << 20;

struct ValueRows {
  time_series::ValueDescription value;
  std::vector<aggregation::Row> rows;
  // From where points are needed to go on behind the last row, where there is one.
  time::UnixMicros reread_from;
};

class AggregatePass {
 public:
  struct Scope {
    // In the order of the answer.
    std::vector<time_series::ValueDescription> values;
    aggregation::Span range;
    time::UnixMicros now;
    // Rows up to this one were given before; then `values` is the one value that they are of.
    std::optional<time::UnixMicros> given_until = {};
    std::size_t max_held_values = kMaxHeldValues;
  };

  // `query` outlives this.
  AggregatePass(const AggregateQuery& query, Scope scope);
  AggregatePass(const AggregatePass&) = delete;
  AggregatePass& operator=(const AggregatePass&) = delete;

  // Endpoints come in byte order, each between its begin and end; without across_endpoints only
  // one. All batches of an endpoint have the columns of `points`.
  void begin_endpoint(const time_series::PointBatch& points);
  // Which values need to know the value before the range now: those that have their first point in
  // `points` or `summaries`.
  std::vector<std::size_t> beginning_in(
      const time_series::PointBatch& points,
      const std::vector<time_series::RollupPart>& summaries) const;
  // The same at the end of an endpoint: those that had no point, where that matters.
  std::vector<std::size_t> without_points() const;
  const time_series::ValueDescription& value(std::size_t index) const {
    return values_[index].value;
  }
  // Nothing: there is none.
  void set_before(std::size_t index, const std::optional<aggregation::Point>& before);
  // In ascending order of time. kResourceExhausted: too much would have to be held.
  absl::Status add(time_series::PointBatch points);
  // The same of quarters whose points are not wanted, each within one window. Not for percentiles.
  void add(const std::vector<time_series::RollupPart>& summaries);
  absl::Status end_endpoint();
  // No more endpoints.
  void end() { ended_ = true; }

  // So many rows of one value, fewer where that was all of it or they have long strings, or, with
  // `partly`, where no more are complete yet. None: add more, unless at_end().
  ValueRows take(std::size_t max_rows, bool partly);
  bool at_end() const { return giving_ == values_.size(); }

 private:
  struct Value {
    time_series::ValueDescription value;
    std::optional<std::size_t> column;  // of this endpoint's batches
    bool looked_back = false;           // for this endpoint
    std::optional<aggregation::WindowedAggregation> numbers;
    std::optional<aggregation::WindowedTexts> texts;
    // Across endpoints, by the window's start.
    std::map<time::UnixMicros, aggregation::WindowSummary> sums;
    std::map<time::UnixMicros, aggregation::TextSummary> text_sums;
    std::deque<aggregation::Row> ready;
    aggregation::Filling filling;
  };

  void begin_value(Value& value);
  void add_column(Value& value, const std::vector<time::UnixMicros>& times,
                  time_series::PointColumn& column);
  void take_window(Value& value, aggregation::WindowSummary window);
  void take_window(Value& value, aggregation::TextSummary window);
  absl::Status check_held() const;
  bool gather_rows(Value& value, std::size_t max_rows);
  bool push_next(Value& value);

  const AggregateQuery& query_;
  const Scope scope_;
  const aggregation::Windows windows_;
  aggregation::AggregationScope aggregation_scope_;
  bool looks_back_ = false;
  std::vector<Value> values_;  // never resized: what sums up refers to them
  std::size_t held_values_ = 0;
  std::size_t held_text_bytes_ = 0;
  std::size_t giving_ = 0;
  std::vector<aggregation::Row> gathered_;  // of the value being given
  std::size_t gathered_text_bytes_ = 0;
  bool ended_ = false;
};

}  // namespace millrace::query
