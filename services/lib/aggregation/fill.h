// SPDX-License-Identifier: Apache-2.0
//
// What is said of windows without points: puts rows between those that have some. Pure; for one
// thread.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "lib/aggregation/function.h"
#include "lib/aggregation/windows.h"

namespace millrace::aggregation {

enum class Fill { kNone, kNull, kPrevious, kLinear };

// One window of one value.
struct Row {
  time::UnixMicros start;  // of the window
  std::vector<Cell> cells;
  bool has_points = true;
};

// A value without any point in the range has no rows at all; once there is a row with points, each
// window of the range is given one, unless fill is kNone.
class Filling {
 public:
  // `windows` outlives this. `columns`: cells of a row.
  Filling(Fill fill, const Windows& windows, std::size_t columns);

  // Goes on behind rows that were given before: windows from `start` on, where one before it is
  // known to have had points.
  void go_on_from(time::UnixMicros start);

  // A row with points; rows come in order. All of next() is taken before another is pushed.
  void push(Row row);
  // No more rows with points.
  void end();
  // Nothing: push more, or the end.
  std::optional<Row> next();
  // Where to read from again so as to go on behind the row that next() gave last: the fill may need
  // the row with points before it.
  time::UnixMicros reread_from(const Row& given) const;

 private:
  Row filler(time::UnixMicros start) const;

  const Fill fill_;
  const Windows& windows_;
  const std::size_t columns_;
  time::UnixMicros next_start_;  // where the windows not yet given begin
  bool any_ = false;
  bool ended_ = false;
  std::optional<Row> before_;  // the last row with points
  std::optional<Row> coming_;  // the one that was pushed
};

}  // namespace millrace::aggregation
