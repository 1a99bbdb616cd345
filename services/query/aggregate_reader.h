// SPDX-License-Identifier: Apache-2.0
//
// Reads points and makes the rows of an aggregate of them, step by step: in the order of the
// request's endpoints, then by name of series, then by name of value.
//
// A series is read once for as many of its values as may be held in memory, mostly all: the rows of
// the second wait until those of the first have been given. Where they are too many the series is
// read again. So memory is bounded whatever is asked: about 32 MiB of rows or sums, and 32 MB of
// values where percentiles are wanted.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/time_series/series_catalogue_reader.h"
#include "query/aggregate_pass.h"
#include "query/aggregate_request.h"
#include "query/series_walk.h"
#include "query/values_before.h"

namespace millrace::query {

struct AggregateStep {
  std::string endpoint_id;  // empty across endpoints
  std::string series_name;
  time_series::ValueDescription value;
  std::vector<aggregation::Row> rows;  // may be empty: there was nothing here, call again
  AggregatePosition position;          // of the last row, where there is one
};

// For one thread; the connection may be another one in each step.
class AggregateReader {
 public:
  // `query` outlives this.
  AggregateReader(std::int32_t application_key, const AggregateQuery& query, time::UnixMicros now);

  // At most `max_rows` rows, at least 1. Nothing: the end. A failure is the end too.
  absl::StatusOr<std::optional<AggregateStep>> next(postgres::Connection& connection,
                                                    std::size_t max_rows);

 private:
  // Values that are read together.
  struct Work {
    std::vector<std::string> endpoint_ids;
    std::string series_name;
    std::vector<time_series::ValueDescription> values;
    aggregation::Span range;
    std::optional<time::UnixMicros> given_until;
  };

  absl::Status begin(postgres::Connection& connection);
  time_series::TakesSummary takes_summary() const;
  void go_on_behind(const AggregatePosition& behind);
  std::optional<Work> rest_of_value(const AggregatePosition& behind) const;
  bool is_wanted(const time_series::ValueDescription& value) const;
  std::deque<Work> works_of(const std::vector<std::string>& endpoint_ids,
                            const time_series::KeyedSeries& series,
                            const time_series::ValueDescription* behind) const;
  const time_series::KeyedSeries* find_series(const std::string& name) const;
  absl::StatusOr<bool> start_pass(postgres::Connection& connection);
  void start_pass(const Work& work, SeriesWalk& walk);
  absl::Status take_in(postgres::Connection& connection, WalkStep step);
  absl::Status look_back(postgres::Connection& connection, const std::vector<std::size_t>& values,
                         const WalkStep& step);
  ValuesBefore& values_before(const std::string& endpoint_id);
  AggregateStep step_of(ValueRows rows) const;

  const std::int32_t application_key_;
  const AggregateQuery& query_;
  const time::UnixMicros now_;
  const std::size_t values_together_;
  std::optional<std::vector<time_series::KeyedSeries>> keys_;
  std::size_t next_series_ = 0;  // in keys_, across endpoints
  std::deque<Work> works_;       // to be done next

  // Over all endpoints and series, for the first values of each; not across endpoints.
  std::optional<SeriesWalk> main_;
  std::optional<ValuesBefore> main_before_;
  std::string main_before_endpoint_;
  // Over what a work names, for all other ones.
  std::optional<SeriesWalk> side_;
  std::optional<ValuesBefore> side_before_;

  // What is being done.
  std::unique_ptr<AggregatePass> pass_;
  SeriesWalk* walk_ = nullptr;  // main_ or side_
  bool inside_endpoint_ = false;
  int steps_ = 0;             // since rows were given
  std::size_t endpoint_ = 0;  // index, not across endpoints
  std::string series_name_;
};

}  // namespace millrace::query
