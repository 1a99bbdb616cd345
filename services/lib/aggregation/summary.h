// SPDX-License-Identifier: Apache-2.0
//
// What is known of one value of a series over a span of time when its points are not kept. The
// summaries of two spans, one after the other, make that of both: merge() gives what add() of all
// points gives, up to rounding of sums. Pure.
#pragma once

#include <cstdint>

#include "lib/time/clock.h"

namespace millrace::aggregation {

struct Point {
  time::UnixMicros time;
  double value = 0;
  bool operator==(const Point&) const = default;
};

struct Summary {
  std::int64_t count = 0;  // 0: nothing else counts
  double sum = 0;
  // Sum of the squared differences from the mean.
  double squares = 0;
  // Steps from each value to the next; a step down is a counter that began again at 0.
  double increase = 0;
  // Value times the seconds until the next point, from the first point to the last.
  double integral = 0;
  Point first;
  Point last;
  // The earliest of equal ones.
  Point min;
  Point max;

  // Points come in ascending order of time.
  void add(const Point& point);
  // `later` has no point before `last`.
  void merge(const Summary& later);

  bool operator==(const Summary&) const = default;
};

// `squares` of the points of both, which may lie among each other in time; neither is empty.
double squares_of_both(const Summary& a, const Summary& b);

// From one value of a counter to the next.
double step(double from, double to);

}  // namespace millrace::aggregation
