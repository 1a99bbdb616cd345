// SPDX-License-Identifier: Apache-2.0
//
// What is known of one value within one window: of one endpoint, or of several taken together.
// Pure.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "lib/aggregation/summary.h"
#include "lib/aggregation/windows.h"

namespace millrace::aggregation {

// Of a number, or of a boolean as 0 and 1.
struct WindowSummary {
  Span window;
  // Of the window's points. `increase` begins at the last value before the window, where there is
  // one, and `integral` covers `held_seconds`.
  Summary points;
  // The last value less the last one before the window, or less the first of the window.
  double delta = 0;
  // How long values held within the window: from the value before it, or from the first point on.
  double held_seconds = 0;
  // Of what held; a weighted mean is not to leave them by rounding.
  double lowest_held = std::numeric_limits<double>::infinity();
  double highest_held = -std::numeric_limits<double>::infinity();
  // Of the window, as far as it is within the range and not in the future.
  double seconds = 0;
  // All of them, where percentiles are asked for; else empty.
  std::vector<double> values;
};

// Takes one more endpoint into `all`, which is of the same window. Endpoints come in byte order of
// their ids: of points at equal times the first endpoint's is `first`, the last one's `last`.
void add_endpoint(WindowSummary& all, WindowSummary endpoint);

struct TextPoint {
  time::UnixMicros time;
  std::string text;
};

struct TextSummary {
  Span window;
  std::int64_t count = 0;
  TextPoint first;
  TextPoint last;
};

// As above.
void add_endpoint(TextSummary& all, TextSummary endpoint);

}  // namespace millrace::aggregation
