// SPDX-License-Identifier: Apache-2.0
//
// What may be told of a window, computed from its summary. query.proto says what each function
// means. Pure.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "lib/aggregation/window_summary.h"

namespace millrace::aggregation {

enum class Function {
  kMin,
  kMax,
  kAvg,
  kSum,
  kCount,
  kFirst,
  kLast,
  kStddev,
  kPercentile,
  kDelta,
  kIncrease,
  kRate,
  kTimeWeightedAvg,
};

struct Aggregation {
  Function function = Function::kCount;
  double percentile = 0;  // 0 to 100
};

// Whether the function needs to know the value before the window.
bool looks_back(Function function);
// Whether strings have it: count, first, last.
bool is_of_text(Function function);

// One result; none: there is nothing to tell.
using Cell = std::variant<std::monostate, double, std::string>;

// Of a window that has points, one for each aggregation; sorts `summary.values`.
std::vector<Cell> cells_of(const std::vector<Aggregation>& aggregations, WindowSummary& summary);
std::vector<Cell> cells_of(const std::vector<Aggregation>& aggregations, TextSummary& summary);

}  // namespace millrace::aggregation
