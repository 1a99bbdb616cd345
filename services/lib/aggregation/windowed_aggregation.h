// SPDX-License-Identifier: Apache-2.0
//
// Divides the points of one value of one endpoint into windows and sums up each of them. Takes
// points, or summaries of spans whose points need not be read. Pure; for one thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lib/aggregation/window_summary.h"

namespace millrace::aggregation {

struct AggregationScope {
  // The last value of a window holds until this at most.
  time::UnixMicros now;
  // Percentiles need them; summaries cannot be added then.
  bool keep_values = false;
  // Windows without points are given too, with what the value before them held, if there is one.
  bool through_empty = false;
};

class WindowedAggregation {
 public:
  // Windows come in order, each once.
  using Take = std::function<void(WindowSummary)>;

  // `windows` outlives this.
  WindowedAggregation(const Windows& windows, AggregationScope scope, Take take);

  // The newest point before the range; at most once, before all others.
  void begin_behind(const Point& before);
  // In ascending order of time, all within the range.
  void add(const Point& point);
  // Of a span that lies within one window, behind everything added before.
  void add(const Summary& summary);
  // Gives the last windows. Nothing is added afterwards.
  void end();

 private:
  void go_to(time::UnixMicros time);
  void close_window();
  void give_empty_until(time::UnixMicros time);
  WindowSummary open_summary() const;

  const Windows& windows_;
  const AggregationScope scope_;
  const Take take_;
  std::optional<Point> before_;  // the open window
  Span window_;                  // the open one, where open_ has points
  Summary open_;
  std::vector<double> values_;
  time::UnixMicros given_until_;  // with through_empty
};

// The same for strings, of which there is less to tell.
class WindowedTexts {
 public:
  using Take = std::function<void(TextSummary)>;

  // `windows` outlives this.
  WindowedTexts(const Windows& windows, Take take) : windows_(windows), take_(std::move(take)) {}

  void add(time::UnixMicros time, std::string text);
  void end();

 private:
  const Windows& windows_;
  const Take take_;
  TextSummary open_;
};

}  // namespace millrace::aggregation
