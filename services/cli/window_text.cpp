// SPDX-License-Identifier: Apache-2.0
#include "cli/window_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "cli/value_text.h"
#include "cli/wrong_usage.h"
#include "lib/config/value_text.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

namespace v1 = query::v1;

constexpr std::chrono::milliseconds kMaxEvery = std::chrono::hours{24} * 366 * 100;
constexpr int kMaxUnits = 1000;
constexpr std::size_t kMaxFunctions = 20;

constexpr std::array<std::pair<std::string_view, v1::AggregateFunction>, 12> kFunctions = {{
    {"min", v1::AGGREGATE_FUNCTION_MIN},
    {"max", v1::AGGREGATE_FUNCTION_MAX},
    {"avg", v1::AGGREGATE_FUNCTION_AVG},
    {"sum", v1::AGGREGATE_FUNCTION_SUM},
    {"count", v1::AGGREGATE_FUNCTION_COUNT},
    {"first", v1::AGGREGATE_FUNCTION_FIRST},
    {"last", v1::AGGREGATE_FUNCTION_LAST},
    {"stddev", v1::AGGREGATE_FUNCTION_STDDEV},
    {"delta", v1::AGGREGATE_FUNCTION_DELTA},
    {"increase", v1::AGGREGATE_FUNCTION_INCREASE},
    {"rate", v1::AGGREGATE_FUNCTION_RATE},
    {"time-weighted-avg", v1::AGGREGATE_FUNCTION_TIME_WEIGHTED_AVG},
}};

// Words, and letters that are no unit of the clock.
const std::map<std::string_view, v1::CalendarUnit> kUnits = {
    {"d", v1::CALENDAR_UNIT_DAY},       {"day", v1::CALENDAR_UNIT_DAY},
    {"days", v1::CALENDAR_UNIT_DAY},    {"w", v1::CALENDAR_UNIT_WEEK},
    {"week", v1::CALENDAR_UNIT_WEEK},   {"weeks", v1::CALENDAR_UNIT_WEEK},
    {"month", v1::CALENDAR_UNIT_MONTH}, {"months", v1::CALENDAR_UNIT_MONTH},
    {"y", v1::CALENDAR_UNIT_YEAR},      {"year", v1::CALENDAR_UNIT_YEAR},
    {"years", v1::CALENDAR_UNIT_YEAR}};

absl::Status no_window(const std::string& text) {
  return wrong_usage(fmt::format(
      "--every: '{}' must be like 500ms, 90s, 15m, 24h (of the clock), 1d, 2w, 1month, 1y (of the "
      "calendar)",
      text));
}

std::optional<v1::Aggregation> percentile(std::string_view word) {
  v1::Aggregation aggregation;
  aggregation.set_function(v1::AGGREGATE_FUNCTION_PERCENTILE);
  aggregation.set_percentile(50);
  if (word == "median") return aggregation;
  if (word.size() < 2 || word.front() != 'p') return std::nullopt;
  double number = 0;
  const char* end = word.data() + word.size();
  const auto [rest, fault] =
      std::from_chars(word.data() + 1, end, number, std::chars_format::fixed);
  if (fault != std::errc{} || rest != end || !(number >= 0 && number <= 100)) return std::nullopt;
  aggregation.set_percentile(number);
  return aggregation;
}

std::optional<v1::Aggregation> parse_function(std::string_view word) {
  for (const auto& [name, function] : kFunctions) {
    if (word != name) continue;
    v1::Aggregation aggregation;
    aggregation.set_function(function);
    return aggregation;
  }
  return percentile(word);
}

}  // namespace

absl::StatusOr<v1::Window> parse_window(const std::string& text) {
  v1::Window window;
  const std::string_view all = text;
  const std::size_t digits = std::min(all.find_first_not_of("0123456789"), all.size());
  const std::string_view unit = all.substr(digits);
  if (const auto known = kUnits.find(unit); known != kUnits.end()) {
    if (digits == 0 && unit.size() == 1) return no_window(text);
    int count = 1;
    const auto [end, fault] = std::from_chars(all.data(), all.data() + digits, count);
    if (digits > 0 && (fault != std::errc{} || count < 1 || count > kMaxUnits)) {
      return wrong_usage(
          fmt::format("--every: '{}' must have 1 to {} units of the calendar", text, kMaxUnits));
    }
    window.mutable_calendar()->set_unit(known->second);
    window.mutable_calendar()->set_count(count);
    return window;
  }
  const auto length = config::parse_duration(text);
  if (!length.ok() || length->count() == 0) return no_window(text);
  if (*length > kMaxEvery) {
    return wrong_usage(fmt::format("--every: '{}' must be at most 100 years", text));
  }
  window.mutable_every()->set_seconds(length->count() / 1000);
  window.mutable_every()->set_nanos(static_cast<std::int32_t>(length->count() % 1000 * 1'000'000));
  return window;
}

absl::StatusOr<std::vector<v1::Aggregation>> parse_functions(const std::string& text) {
  std::vector<v1::Aggregation> aggregations;
  for (std::string_view rest = text; true;) {
    const std::size_t comma = rest.find(',');
    const std::string_view word = rest.substr(0, comma);
    const auto aggregation = parse_function(word);
    if (!aggregation) {
      return wrong_usage(fmt::format(
          "--function: '{}' must be one of min, max, avg, sum, count, first, last, stddev, delta, "
          "increase, rate, time-weighted-avg, median, p0 to p100",
          word));
    }
    aggregations.push_back(*aggregation);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  if (aggregations.size() > kMaxFunctions) {
    return wrong_usage(fmt::format("--function: there are {}, at most {} are possible",
                                   aggregations.size(), kMaxFunctions));
  }
  return aggregations;
}

absl::StatusOr<v1::Fill> parse_fill(const std::string& text) {
  static const std::map<std::string, v1::Fill> kWords = {{"", v1::FILL_NONE},
                                                         {"none", v1::FILL_NONE},
                                                         {"null", v1::FILL_NULL},
                                                         {"previous", v1::FILL_PREVIOUS},
                                                         {"linear", v1::FILL_LINEAR}};
  const auto fill = kWords.find(text);
  if (fill != kWords.end()) return fill->second;
  return wrong_usage(fmt::format("--fill: '{}' must be one of none, null, previous, linear", text));
}

std::string function_word(const v1::Aggregation& aggregation) {
  if (aggregation.function() == v1::AGGREGATE_FUNCTION_PERCENTILE) {
    return fmt::format("p{}", format_number(aggregation.percentile()));
  }
  for (const auto& [name, function] : kFunctions) {
    if (aggregation.function() == function) return std::string(name);
  }
  return "unknown";
}

}  // namespace millrace::cli
