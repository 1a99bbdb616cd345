// SPDX-License-Identifier: Apache-2.0
//
// Reads what was written from a position of the stream on: rows with `seq` at or above it, of all
// series of many endpoints at once, with the seq of each value. For whoever has seen everything
// before that position and wants the rest.
//
// As RangeReader it works in short statements that go on behind the last instant seen, so that
// nothing is held while the caller waits. There is no index on `seq`: every row of the endpoints
// from `from` on is looked at. Endpoints come in the order of their keys, which only grow; each
// endpoint's points in order of time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/time_series/partition_windows.h"
#include "lib/time_series/point_merger.h"
#include "lib/time_series/reader.h"

namespace millrace::time_series {

struct WrittenValue {
  std::string name;
  ValueType type = ValueType::kNumber;
  std::int64_t seq = 0;  // of the write it comes from
  FrameValue value;
};

// Values of one series at one instant. At most one of each name.
struct WrittenPoint {
  time::UnixMicros time;
  std::vector<WrittenValue> values;
};

struct WrittenSeries {
  std::string endpoint_id;
  std::string series_name;
  std::vector<WrittenPoint> points;
};

// Everything of the endpoint up to `time`, and of all endpoints with a smaller key, was read.
struct WritesPosition {
  std::int32_t endpoint_key = 0;
  time::UnixMicros time;
  bool operator==(const WritesPosition&) const = default;
};

struct WritesQuery {
  std::int32_t application_key = 0;
  std::vector<std::string> endpoint_ids;  // empty: all of the application
  std::set<std::string> series_names;     // empty: all
  time::UnixMicros from;
  std::int64_t seq_from = 0;
  std::optional<WritesPosition> behind;
};

struct WritesLimits {
  std::int64_t rows = 10'000;
  // Of values; a page holds at most about twice this and the first 64 rows.
  std::size_t bytes = 1 << 20;
  std::size_t endpoints = 1000;  // looked at by one statement
  std::size_t partitions_per_window = kPartitionsPerWindow;
};

struct WritesPage {
  std::vector<WrittenSeries> series;  // may be empty without being at the end
  std::optional<WritesPosition> position;
  bool at_end = false;
};

// For one thread at a time; the connection may be another one in each step.
class WritesReader {
 public:
  explicit WritesReader(WritesQuery query, WritesLimits limits = {});

  // Where it had no key when the reader was made.
  void set_application(std::int32_t key) { query_.application_key = key; }

  // One statement, and a few short ones where endpoints or layouts were not met before. After a
  // failure the step may be repeated.
  absl::StatusOr<WritesPage> next(postgres::Connection& connection);

 private:
  struct Endpoint {
    std::int32_t key = 0;
    std::string id;
  };
  // Where a value lies in a frame.
  struct Place {
    std::string series_name;
    std::string name;
    ValueType type = ValueType::kNumber;
    std::size_t slot = 0;  // from 0, in numbers or texts
  };
  using Layout = std::vector<Place>;
  struct Group;

  absl::Status find_endpoints(postgres::Connection& connection);
  absl::Status find_layouts(postgres::Connection& connection, const postgres::Result& rows);
  std::vector<postgres::Param> params() const;
  // Whether all rows of the page were of one instant, which may go on.
  bool add_rows(const postgres::Result& rows, WritesPage& page);
  void add_row(const postgres::Result& rows, int row, Group& group) const;
  void adapt(std::size_t rows, std::size_t bytes);
  void go_on(const postgres::Result& rows, WritesPage& page);

  WritesQuery query_;
  const WritesLimits limits_;
  std::optional<Partitions> partitions_;
  std::vector<TimeRange> windows_;
  std::optional<WritesPosition> behind_;
  std::vector<Endpoint> endpoints_;  // of this statement, ascending; empty: to be found
  std::size_t window_ = 0;
  std::int64_t max_rows_ = 64;
  std::map<std::int32_t, Layout> layouts_;
};

}  // namespace millrace::time_series
