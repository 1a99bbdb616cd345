// SPDX-License-Identifier: Apache-2.0
//
// Windows and what is told of them, as a person types them: "15m", "1month", "avg,max,p95". Pure;
// faults are wrong_usage() and name the option.
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "millrace/query/v1/query.pb.h"

namespace millrace::cli {

// Of the clock: 500ms, 90s, 15m, 24h. Of the calendar: 1d or 1day, 2w, 1month, 1y; a number may be
// left out where the unit is a word.
absl::StatusOr<query::v1::Window> parse_window(const std::string& text);

// Separated by commas: min, max, avg, sum, count, first, last, stddev, delta, increase, rate,
// time-weighted-avg, median, p0 to p100 (p99.9).
absl::StatusOr<std::vector<query::v1::Aggregation>> parse_functions(const std::string& text);

// none, null, previous, linear.
absl::StatusOr<query::v1::Fill> parse_fill(const std::string& text);

// As it is typed.
std::string function_word(const query::v1::Aggregation& aggregation);

}  // namespace millrace::cli
