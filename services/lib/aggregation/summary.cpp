// SPDX-License-Identifier: Apache-2.0
#include "lib/aggregation/summary.h"

#include <chrono>

namespace millrace::aggregation {
namespace {

double seconds_between(const Point& from, const Point& to) {
  return std::chrono::duration<double>(to.time - from.time).count();
}

}  // namespace

double squares_of_both(const Summary& a, const Summary& b) {
  const auto n = static_cast<double>(a.count);
  const auto m = static_cast<double>(b.count);
  const double apart = b.sum / m - a.sum / n;
  return a.squares + b.squares + apart * apart * n * m / (n + m);
}

double step(double from, double to) {
  return to >= from ? to - from : to;
}

void Summary::add(const Point& point) {
  if (count == 0) {
    *this = {1, point.value, 0, 0, 0, point, point, point, point};
    return;
  }
  // Welford's: subtracting the square of a large mean would leave nothing but rounding.
  const double before = point.value - sum / static_cast<double>(count);
  ++count;
  sum += point.value;
  squares += before * (point.value - sum / static_cast<double>(count));
  increase += step(last.value, point.value);
  integral += last.value * seconds_between(last, point);
  last = point;
  if (point.value < min.value) min = point;
  if (point.value > max.value) max = point;
}

void Summary::merge(const Summary& later) {
  if (later.count == 0) return;
  if (count == 0) {
    *this = later;
    return;
  }
  squares = squares_of_both(*this, later);
  count += later.count;
  sum += later.sum;
  increase += later.increase + step(last.value, later.first.value);
  integral += later.integral + last.value * seconds_between(last, later.first);
  last = later.last;
  if (later.min.value < min.value) min = later.min;
  if (later.max.value > max.value) max = later.max;
}

}  // namespace millrace::aggregation
