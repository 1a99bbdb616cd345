// SPDX-License-Identifier: Apache-2.0
#include "lib/aggregation/window_summary.h"

#include <algorithm>
#include <utility>

namespace millrace::aggregation {
namespace {

void add_points(Summary& all, const Summary& endpoint) {
  if (endpoint.count == 0) return;
  if (all.count == 0) {
    all = endpoint;
    return;
  }
  all.squares = squares_of_both(all, endpoint);
  all.count += endpoint.count;
  all.sum += endpoint.sum;
  if (endpoint.first.time < all.first.time) all.first = endpoint.first;
  if (endpoint.last.time >= all.last.time) all.last = endpoint.last;
  if (endpoint.min.value < all.min.value) all.min = endpoint.min;
  if (endpoint.max.value > all.max.value) all.max = endpoint.max;
}

}  // namespace

void add_endpoint(WindowSummary& all, WindowSummary endpoint) {
  const double increase = all.points.increase + endpoint.points.increase;
  const double integral = all.points.integral + endpoint.points.integral;
  add_points(all.points, endpoint.points);
  all.points.increase = increase;
  all.points.integral = integral;
  all.delta += endpoint.delta;
  all.held_seconds += endpoint.held_seconds;
  all.lowest_held = std::min(all.lowest_held, endpoint.lowest_held);
  all.highest_held = std::max(all.highest_held, endpoint.highest_held);
  all.seconds = std::max(all.seconds, endpoint.seconds);
  if (all.values.empty()) {
    all.values = std::move(endpoint.values);
  } else {
    all.values.insert(all.values.end(), endpoint.values.begin(), endpoint.values.end());
  }
}

void add_endpoint(TextSummary& all, TextSummary endpoint) {
  if (endpoint.count == 0) return;
  if (all.count == 0) {
    all = std::move(endpoint);
    return;
  }
  all.count += endpoint.count;
  if (endpoint.first.time < all.first.time) all.first = std::move(endpoint.first);
  if (endpoint.last.time >= all.last.time) all.last = std::move(endpoint.last);
}

}  // namespace millrace::aggregation
