// SPDX-License-Identifier: Apache-2.0
#include "query/aggregate_reader.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "lib/aggregation/chart.h"
#include "lib/error/error.h"

namespace millrace::query {
namespace {

using aggregation::Aggregation;
using aggregation::Function;
using time_series::ValueDescription;
using time_series::ValueType;

// Of rows that wait, or of sums across endpoints.
constexpr std::size_t kPassBytes = std::size_t{32} << 20;
constexpr std::size_t kMaxValuesTogether = 1000;
constexpr std::size_t kNodeBytes = 64;
// Of 10,000 points each: rows that are complete are given then, few as they may be.
constexpr int kStepsBetweenRows = 64;
// Of shorter ranges the points are read as fast.
constexpr std::chrono::hours kWorthSummaries{6};

bool keeps_values(const AggregateQuery& query) {
  return std::any_of(query.aggregations.begin(), query.aggregations.end(),
                     [](const Aggregation& one) { return one.function == Function::kPercentile; });
}

// How many values of a series are read at a time.
std::size_t values_together(const AggregateQuery& query) {
  // The bound of values kept is for one value, then.
  if (keeps_values(query)) return 1;
  const auto windows = static_cast<std::size_t>(
      std::max<std::int64_t>(aggregation::Windows(query.rule, query.range, query.zone).count(), 1));
  const std::size_t row_bytes =
      sizeof(aggregation::Row) + query.aggregations.size() * sizeof(aggregation::Cell);
  const std::size_t bytes = query.across_endpoints ? sizeof(aggregation::WindowSummary) : row_bytes;
  return std::clamp<std::size_t>(kPassBytes / (windows * (bytes + kNodeBytes)), 1,
                                 kMaxValuesTogether);
}

// By name, then by type: the order of the answer.
bool comes_before(const ValueDescription& a, const ValueDescription& b) {
  return a.name != b.name ? a.name < b.name : a.type < b.type;
}

time_series::TimeRange to_range(const aggregation::Span& span) {
  return {span.start, span.end};
}

}  // namespace

AggregateReader::AggregateReader(std::int32_t application_key, const AggregateQuery& query,
                                 time::UnixMicros now)
    : application_key_(application_key),
      query_(query),
      now_(now),
      values_together_(values_together(query)) {}

absl::StatusOr<std::optional<AggregateStep>> AggregateReader::next(postgres::Connection& connection,
                                                                   std::size_t max_rows) {
  if (!keys_) MILLRACE_RETURN_IF_ERROR(begin(connection));
  if (pass_ == nullptr) {
    MILLRACE_ASSIGN_OR_RETURN(const bool started, start_pass(connection));
    if (!started) return std::nullopt;
    return AggregateStep{};
  }
  ValueRows rows = pass_->take(max_rows, steps_ >= kStepsBetweenRows);
  if (!rows.rows.empty()) {
    steps_ = 0;
    return step_of(std::move(rows));
  }
  if (pass_->at_end()) {
    pass_.reset();
    return AggregateStep{};
  }
  ++steps_;
  MILLRACE_ASSIGN_OR_RETURN(WalkStep step, walk_->next(connection));
  MILLRACE_RETURN_IF_ERROR(take_in(connection, std::move(step)));
  return AggregateStep{};
}

absl::Status AggregateReader::begin(postgres::Connection& connection) {
  MILLRACE_ASSIGN_OR_RETURN(
      keys_, time_series::read_keys(connection, application_key_, query_.series_names));
  // What has no value that is wanted need not be read.
  std::erase_if(*keys_, [this](const time_series::KeyedSeries& series) {
    return works_of({}, series, nullptr).empty();
  });
  if (query_.behind) go_on_behind(*query_.behind);
  if (query_.across_endpoints) return absl::OkStatus();
  time_series::RangeQuery all;
  all.application_key = application_key_;
  if (!keys_->empty()) all.endpoint_ids = query_.endpoint_ids;
  for (const time_series::KeyedSeries& series : *keys_) all.series_names.push_back(series.name);
  all.range = to_range(query_.range);
  if (query_.behind) {
    // Behind the whole series.
    all.behind = {query_.behind->endpoint, query_.behind->series_name,
                  query_.range.end - std::chrono::microseconds{1}};
  }
  all.takes_summary = takes_summary();
  main_.emplace(std::move(all));
  return absl::OkStatus();
}

// A quarter that lies within one window. Percentiles need the points.
time_series::TakesSummary AggregateReader::takes_summary() const {
  if (query_.range.end - query_.range.start < kWorthSummaries || keeps_values(query_)) {
    return nullptr;
  }
  const auto* fixed = std::get_if<aggregation::FixedWindows>(&query_.rule);
  if (fixed != nullptr && fixed->every % aggregation::kQuarter != std::chrono::microseconds{0}) {
    return nullptr;
  }
  return [windows = aggregation::Windows(query_.rule, query_.range, query_.zone)](
             const time_series::TimeRange& quarter) {
    return windows.at(quarter.from).end >= quarter.to;
  };
}

// What is left of the series that was being given.
void AggregateReader::go_on_behind(const AggregatePosition& behind) {
  while (next_series_ < keys_->size() && (*keys_)[next_series_].name <= behind.series_name) {
    ++next_series_;
  }
  const time_series::KeyedSeries* series = find_series(behind.series_name);
  if (series == nullptr || behind.endpoint >= query_.endpoint_ids.size()) return;
  const std::vector<std::string> endpoints =
      query_.across_endpoints ? query_.endpoint_ids
                              : std::vector<std::string>{query_.endpoint_ids[behind.endpoint]};
  works_ = works_of(endpoints, *series, &behind.value);
  if (auto rest = rest_of_value(behind)) {
    rest->endpoint_ids = endpoints;
    works_.push_front(*std::move(rest));
  }
  endpoint_ = behind.endpoint;
}

std::optional<AggregateReader::Work> AggregateReader::rest_of_value(
    const AggregatePosition& behind) const {
  const aggregation::Windows windows(query_.rule, query_.range, query_.zone);
  const aggregation::Span& range = query_.range;
  if (range.start >= range.end || behind.window_start >= range.end) return std::nullopt;
  if (windows.at(std::max(behind.window_start, range.start)).end >= range.end) return std::nullopt;
  Work work;
  work.series_name = behind.series_name;
  work.values = {behind.value};
  work.range = {std::clamp(behind.reread_from, range.start, range.end), range.end};
  work.given_until = behind.window_start;
  return work;
}

bool AggregateReader::is_wanted(const ValueDescription& value) const {
  const auto& names = query_.value_names;
  if (!names.empty() && std::find(names.begin(), names.end(), value.name) == names.end()) {
    return false;
  }
  return value.type != ValueType::kString ||
         std::any_of(query_.aggregations.begin(), query_.aggregations.end(),
                     [](const Aggregation& one) { return is_of_text(one.function); });
}

std::deque<AggregateReader::Work> AggregateReader::works_of(
    const std::vector<std::string>& endpoint_ids, const time_series::KeyedSeries& series,
    const ValueDescription* behind) const {
  std::deque<Work> works;
  bool is_open = false;  // the last work takes more
  for (const time_series::KeyedValue& value : series.values) {
    const ValueDescription& description = value.description;
    if (!is_wanted(description)) continue;
    if (behind != nullptr && !comes_before(*behind, description)) continue;
    // How long strings are nobody knows beforehand: they are given as they come.
    const bool is_text = description.type == ValueType::kString;
    if (!is_open || is_text || works.back().values.size() == values_together_) {
      works.push_back({endpoint_ids, series.name, {}, query_.range, {}});
    }
    works.back().values.push_back(description);
    is_open = !is_text;
  }
  return works;
}

const time_series::KeyedSeries* AggregateReader::find_series(const std::string& name) const {
  const auto found =
      std::find_if(keys_->begin(), keys_->end(),
                   [&name](const time_series::KeyedSeries& series) { return series.name == name; });
  return found != keys_->end() ? &*found : nullptr;
}

// Whether there is something left to do.
absl::StatusOr<bool> AggregateReader::start_pass(postgres::Connection& connection) {
  if (works_.empty() && query_.across_endpoints) {
    if (next_series_ == keys_->size()) return false;
    works_ = works_of(query_.endpoint_ids, (*keys_)[next_series_++], nullptr);
    return true;
  }
  if (!works_.empty()) {
    const Work work = std::move(works_.front());
    works_.pop_front();
    side_.emplace(time_series::RangeQuery{application_key_,
                                          work.endpoint_ids,
                                          {work.series_name},
                                          to_range(work.range),
                                          {},
                                          {},
                                          takes_summary()});
    side_before_.emplace(ValuesBefore::Scope{
        application_key_, work.endpoint_ids, {work.series_name}, work.range.start});
    start_pass(work, *side_);
    return true;
  }
  MILLRACE_ASSIGN_OR_RETURN(WalkStep step, main_->next(connection));
  if (step.kind == WalkStep::Kind::kEnd) return false;
  if (step.kind != WalkStep::Kind::kPoints) return true;
  const auto& ids = query_.endpoint_ids;
  endpoint_ =
      static_cast<std::size_t>(std::find(ids.begin(), ids.end(), step.endpoint_id) - ids.begin());
  works_ = works_of({step.endpoint_id}, *find_series(step.series_name), nullptr);
  const Work first = std::move(works_.front());
  works_.pop_front();
  start_pass(first, *main_);
  MILLRACE_RETURN_IF_ERROR(take_in(connection, std::move(step)));
  return true;
}

void AggregateReader::start_pass(const Work& work, SeriesWalk& walk) {
  pass_ = std::make_unique<AggregatePass>(
      query_, AggregatePass::Scope{work.values, work.range, now_, work.given_until});
  walk_ = &walk;
  inside_endpoint_ = false;
  series_name_ = work.series_name;
}

absl::Status AggregateReader::take_in(postgres::Connection& connection, WalkStep step) {
  switch (step.kind) {
    case WalkStep::Kind::kNothing:
      break;
    case WalkStep::Kind::kPoints:
      if (!std::exchange(inside_endpoint_, true)) pass_->begin_endpoint(step.points);
      MILLRACE_RETURN_IF_ERROR(
          look_back(connection, pass_->beginning_in(step.points, step.summaries), step));
      pass_->add(step.summaries);
      return pass_->add(std::move(step.points));
    case WalkStep::Kind::kSeriesEnd:
      MILLRACE_RETURN_IF_ERROR(look_back(connection, pass_->without_points(), step));
      MILLRACE_RETURN_IF_ERROR(pass_->end_endpoint());
      inside_endpoint_ = false;
      if (main_ && walk_ == &*main_) pass_->end();
      break;
    case WalkStep::Kind::kEnd:
      pass_->end();
      break;
  }
  return absl::OkStatus();
}

absl::Status AggregateReader::look_back(postgres::Connection& connection,
                                        const std::vector<std::size_t>& values,
                                        const WalkStep& step) {
  if (values.empty()) return absl::OkStatus();
  ValuesBefore& before = values_before(step.endpoint_id);
  for (const std::size_t index : values) {
    MILLRACE_ASSIGN_OR_RETURN(const auto found, before.find(connection, step.endpoint_id,
                                                            step.series_name, pass_->value(index)));
    pass_->set_before(index, found);
  }
  return absl::OkStatus();
}

ValuesBefore& AggregateReader::values_before(const std::string& endpoint_id) {
  if (!main_ || walk_ != &*main_) return *side_before_;
  if (!main_before_ || main_before_endpoint_ != endpoint_id) {
    main_before_.emplace(ValuesBefore::Scope{
        application_key_, {endpoint_id}, query_.series_names, query_.range.start});
    main_before_endpoint_ = endpoint_id;
  }
  return *main_before_;
}

AggregateStep AggregateReader::step_of(ValueRows rows) const {
  AggregateStep step;
  if (!query_.across_endpoints) step.endpoint_id = query_.endpoint_ids[endpoint_];
  step.series_name = series_name_;
  step.value = std::move(rows.value);
  step.position = {query_.across_endpoints ? 0 : endpoint_, series_name_, step.value,
                   rows.rows.back().start, rows.reread_from};
  step.rows = std::move(rows.rows);
  return step;
}

}  // namespace millrace::query
