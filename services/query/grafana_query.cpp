// SPDX-License-Identifier: Apache-2.0
#include "query/grafana_query.h"

#include <algorithm>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "query/page_token.h"
#include "query/request_field.h"

namespace millrace::query {
namespace {

using std::chrono::microseconds;

constexpr std::size_t kMaxMetricNameBytes = 1024;
constexpr std::int64_t kUsualWindows = 1000;
constexpr std::int64_t kMaxWindows = 100'000;
constexpr microseconds kShortestStep = std::chrono::milliseconds{1};
constexpr std::int64_t kLongestStepMs = std::int64_t{100} * 366 * 86'400'000;
constexpr std::int64_t kMicrosOfSecond = 1'000'000;

void add_distinct(std::vector<std::string>& names, std::string_view name) {
  if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) return;
  names.emplace_back(name);
}

// Grafana writes several values of one variable as {a,b}.
void add_values(std::vector<std::string>& names, std::string_view text) {
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') {
    add_distinct(names, text);
    return;
  }
  text = text.substr(1, text.size() - 2);
  for (std::size_t comma = 0; comma != std::string_view::npos;) {
    comma = text.find(',');
    add_distinct(names, text.substr(0, comma));
    if (comma != std::string_view::npos) text.remove_prefix(comma + 1);
  }
}

template <class Dimensions>
absl::StatusOr<GrafanaTarget> read_target(const Dimensions& dimensions) {
  std::vector<std::string> applications;
  GrafanaTarget target;
  for (int i = 0; i < dimensions.size(); ++i) {
    const std::string& key = dimensions[i].key();
    const std::string field = fmt::format("dimensions[{}]", i);
    // The plugin sends empty ones along, and those that a person has not chosen a value for.
    if (key.empty() || dimensions[i].value().empty()) continue;
    if (key == kApplicationDimension) {
      add_values(applications, dimensions[i].value());
    } else if (key == kEndpointDimension) {
      add_values(target.endpoint_ids, dimensions[i].value());
    } else {
      return refused(field, fmt::format("there is no dimension \"{}\"; there are {} and {}", key,
                                        kApplicationDimension, kEndpointDimension));
    }
  }
  if (applications.size() > 1) {
    return refused("dimensions",
                   fmt::format("{} applications are chosen; choose one", applications.size()));
  }
  if (!applications.empty()) {
    MILLRACE_RETURN_IF_ERROR(
        check_name("dimensions", applications.front(), kMaxApplicationNameBytes));
    target.application_name = std::move(applications.front());
  }
  for (const std::string& id : target.endpoint_ids) {
    MILLRACE_RETURN_IF_ERROR(check_name("dimensions", id, kMaxEndpointIdBytes));
  }
  return target;
}

template <class Dimensions, class Metrics>
absl::StatusOr<GrafanaQuery> read_names(const Dimensions& dimensions, const Metrics& metrics) {
  GrafanaQuery query;
  MILLRACE_ASSIGN_OR_RETURN(query.target, read_target(dimensions));
  if (query.target.endpoint_ids.empty()) {
    return refused("dimensions", fmt::format("choose at least one {}", kEndpointDimension));
  }
  std::vector<std::string> names;
  for (const std::string& metric : metrics) add_values(names, metric);
  if (names.empty()) return refused("metrics", "choose at least one");
  for (const std::string& name : names) {
    MILLRACE_RETURN_IF_ERROR(check_name("metrics", name, kMaxMetricNameBytes));
    query.metrics.push_back(metric_of(name));
  }
  const std::size_t fields = query.target.endpoint_ids.size() * query.metrics.size();
  if (fields > kMaxGrafanaFields) {
    return refused("metrics",
                   fmt::format("{} endpoints times {} metrics are {} fields, at most {} are "
                               "possible: choose fewer",
                               query.target.endpoint_ids.size(), query.metrics.size(), fields,
                               kMaxGrafanaFields));
  }
  return query;
}

// A moment, of which a point lies at the first microsecond at or after it.
absl::StatusOr<time::UnixMicros> moment(const std::string& field, std::int64_t seconds,
                                        std::int64_t nanos) {
  const std::int64_t first = time::to_unix_us(time_series::kEarliestTime) / kMicrosOfSecond;
  const std::int64_t end = time::to_unix_us(time_series::kLatestTime) / kMicrosOfSecond;
  if (seconds < first || seconds >= end - 1 || nanos < 0 || nanos > 999'999'999) {
    return refused(field, fmt::format("{} seconds and {} nanoseconds since 1970: must be of the "
                                      "years 1 to 9999",
                                      seconds, nanos));
  }
  return time::from_unix_us(seconds * kMicrosOfSecond + (nanos + 999) / 1000);
}

// Both ends belong to it.
absl::StatusOr<time_series::TimeRange> closed(time::UnixMicros from, time::UnixMicros last) {
  if (from > last) return refused("startDate", "must not be later than endDate");
  return time_series::TimeRange{from, last + microseconds{1}};
}

template <class Request>
absl::StatusOr<time_series::TimeRange> range_of_timestamps(const Request& request) {
  if (!request.has_startdate()) return refused("startDate", "must be set");
  if (!request.has_enddate()) return refused("endDate", "must be set");
  MILLRACE_ASSIGN_OR_RETURN(const auto from, moment("startDate", request.startdate().seconds(),
                                                    request.startdate().nanos()));
  MILLRACE_ASSIGN_OR_RETURN(
      const auto last, moment("endDate", request.enddate().seconds(), request.enddate().nanos()));
  return closed(from, last);
}

template <class Request>
absl::StatusOr<time_series::TimeRange> range_of_seconds(const Request& request) {
  MILLRACE_ASSIGN_OR_RETURN(const auto from, moment("startDate", request.startdate(), 0));
  MILLRACE_ASSIGN_OR_RETURN(const auto last, moment("endDate", request.enddate(), 0));
  // The whole second, as the answer has only those.
  return closed(from, last + microseconds{kMicrosOfSecond - 1});
}

absl::StatusOr<time_series::Direction> direction_of(int ordering) {
  if (ordering == grafanav3::ASCENDING) return time_series::Direction::kAscending;
  if (ordering == grafanav3::DESCENDING) return time_series::Direction::kDescending;
  return refused("timeOrdering", fmt::format("{} is no value of TimeOrdering", ordering));
}

absl::Status check_count(const std::string& field, std::int64_t given) {
  if (given >= 0) return absl::OkStatus();
  return refused(field, fmt::format("is {}, must not be negative", given));
}

// What must be the same when the query is continued. Maps in a message have no order to rely on.
std::string digest_of_query(std::string_view method, const GrafanaQuery& query) {
  std::string text = fmt::format("grafana\n{}\n{}\n", method, query.target.application_name);
  for (const std::string& id : query.target.endpoint_ids) text += id + '\n';
  for (const GrafanaMetric& metric : query.metrics) text += '\t' + metric.name + '\n';
  text += fmt::format("{} {} {} {} {}", time::to_unix_us(query.range.from),
                      time::to_unix_us(query.range.to), static_cast<int>(query.direction),
                      query.step.count(), static_cast<int>(query.function));
  return digest_of_text(text);
}

absl::Status read_token(std::string_view method, const std::string& token, GrafanaQuery& query) {
  query.request_digest = digest_of_query(method, query);
  if (token.empty()) return absl::OkStatus();
  const auto behind = read_time_token(token, query.request_digest);
  if (!behind.ok()) return refused("startingToken", error::message(behind.status()));
  query.behind = *behind;
  return absl::OkStatus();
}

// The fields that requests for points of both versions have.
template <class Request>
absl::Status read_page(const Request& request, GrafanaQuery& query) {
  MILLRACE_ASSIGN_OR_RETURN(query.direction, direction_of(request.timeordering()));
  MILLRACE_RETURN_IF_ERROR(check_count("maxItems", request.maxitems()));
  const auto fields =
      static_cast<std::int64_t>(query.target.endpoint_ids.size() * query.metrics.size());
  query.max_rows = std::min(kMaxGrafanaRows, kMaxGrafanaCells / fields);
  return absl::OkStatus();
}

template <class Request>
absl::StatusOr<GrafanaQuery> check_history(const Request& request, GrafanaQuery query) {
  MILLRACE_RETURN_IF_ERROR(read_page(request, query));
  if (request.maxitems() > 0) query.max_rows = std::min(query.max_rows, request.maxitems());
  MILLRACE_RETURN_IF_ERROR(read_token("history", request.startingtoken(), query));
  return query;
}

template <class Request>
absl::StatusOr<GrafanaQuery> check_aggregate(const Request& request, GrafanaQuery query) {
  MILLRACE_RETURN_IF_ERROR(read_page(request, query));
  MILLRACE_RETURN_IF_ERROR(check_count("intervalMs", request.intervalms()));
  if (request.intervalms() > kLongestStepMs) {
    return refused("intervalMs", fmt::format("is {}, must be at most {} (100 years)",
                                             request.intervalms(), kLongestStepMs));
  }
  const std::int64_t windows =
      request.maxitems() == 0 ? kUsualWindows : std::min(request.maxitems(), kMaxWindows);
  // Whole milliseconds, as Grafana counts.
  const std::int64_t range_us = (query.range.to - query.range.from).count();
  const std::int64_t least_ms = (range_us - 1) / (windows * 1000) + 1;
  query.step = std::max(
      kShortestStep, microseconds{std::max(request.intervalms(), least_ms) * std::int64_t{1000}});
  MILLRACE_RETURN_IF_ERROR(read_token("aggregate", request.startingtoken(), query));
  return query;
}

template <class Request>
absl::StatusOr<GrafanaQuery> read_single(const Request& request) {
  MILLRACE_ASSIGN_OR_RETURN(GrafanaQuery query,
                            read_names(request.dimensions(), std::vector{request.metric()}));
  if (query.target.endpoint_ids.size() == 1 && query.metrics.size() == 1) return query;
  return refused("dimensions",
                 fmt::format("{} endpoints and {} metrics are chosen; this version of the contract "
                             "has one of each in an answer",
                             query.target.endpoint_ids.size(), query.metrics.size()));
}

absl::StatusOr<aggregation::Function> function_of(
    const google::protobuf::Map<std::string, std::string>& options) {
  const auto chosen = options.find(std::string(kAggregateOption));
  if (chosen == options.end() || chosen->second.empty()) return kGrafanaFunctions[0].function;
  std::string known;
  for (const GrafanaFunctionText& one : kGrafanaFunctions) {
    if (chosen->second == one.id) return one.function;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", one.id);
  }
  return refused("options", fmt::format("{} must be one of {}", kAggregateOption, known));
}

absl::StatusOr<aggregation::Function> function_of(grafana::AggregateType type) {
  switch (type) {
    case grafana::AVERAGE:
      return aggregation::Function::kAvg;
    case grafana::MAX:
      return aggregation::Function::kMax;
    case grafana::MIN:
      return aggregation::Function::kMin;
    case grafana::COUNT:
      return aggregation::Function::kCount;
    default:
      return refused("aggregateType",
                     fmt::format("{} is no value of AggregateType", static_cast<int>(type)));
  }
}

}  // namespace

GrafanaMetric metric_of(const std::string& name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string::npos) return {name, name, "value"};
  return {name, name.substr(0, dot), name.substr(dot + 1)};
}

std::string metric_name(std::string_view series_name, std::string_view value_name) {
  if (value_name == "value") return std::string(series_name);
  return fmt::format("{}.{}", series_name, value_name);
}

absl::StatusOr<GrafanaTarget> target_of(
    const google::protobuf::RepeatedPtrField<grafanav3::Dimension>& dimensions) {
  return read_target(dimensions);
}

absl::StatusOr<GrafanaTarget> target_of(
    const google::protobuf::RepeatedPtrField<grafana::Dimension>& dimensions) {
  return read_target(dimensions);
}

absl::StatusOr<std::string> chosen_application(const GrafanaTarget& target,
                                               const rpc::Caller& caller) {
  if (!target.application_name.empty()) return target.application_name;
  if (caller.application_names.size() == 1) return caller.application_names.front();
  return refused("dimensions", fmt::format("choose one {}; only a key that is bound to a single "
                                           "one needs no choice",
                                           kApplicationDimension));
}

absl::StatusOr<GrafanaQuery> check(const grafanav3::GetMetricValueRequest& request) {
  MILLRACE_ASSIGN_OR_RETURN(GrafanaQuery query,
                            read_names(request.dimensions(), request.metrics()));
  query.range = {time_series::kEarliestTime, time_series::kLatestTime};
  if (request.has_enddate()) {
    MILLRACE_ASSIGN_OR_RETURN(
        const auto last, moment("endDate", request.enddate().seconds(), request.enddate().nanos()));
    query.range.to = last + microseconds{1};
  }
  return query;
}

absl::StatusOr<GrafanaQuery> check(const grafanav3::GetMetricHistoryRequest& request) {
  MILLRACE_ASSIGN_OR_RETURN(GrafanaQuery query,
                            read_names(request.dimensions(), request.metrics()));
  MILLRACE_ASSIGN_OR_RETURN(query.range, range_of_timestamps(request));
  return check_history(request, std::move(query));
}

absl::StatusOr<GrafanaQuery> check(const grafanav3::GetMetricAggregateRequest& request) {
  MILLRACE_ASSIGN_OR_RETURN(GrafanaQuery query,
                            read_names(request.dimensions(), request.metrics()));
  MILLRACE_ASSIGN_OR_RETURN(query.range, range_of_timestamps(request));
  MILLRACE_ASSIGN_OR_RETURN(query.function, function_of(request.options()));
  return check_aggregate(request, std::move(query));
}

absl::StatusOr<GrafanaQuery> check(const grafana::GetMetricValueRequest& request) {
  MILLRACE_ASSIGN_OR_RETURN(GrafanaQuery query, read_single(request));
  query.range = {time_series::kEarliestTime, time_series::kLatestTime};
  return query;
}

absl::StatusOr<GrafanaQuery> check(const grafana::GetMetricHistoryRequest& request) {
  MILLRACE_ASSIGN_OR_RETURN(GrafanaQuery query, read_single(request));
  MILLRACE_ASSIGN_OR_RETURN(query.range, range_of_seconds(request));
  return check_history(request, std::move(query));
}

absl::StatusOr<GrafanaQuery> check(const grafana::GetMetricAggregateRequest& request) {
  MILLRACE_ASSIGN_OR_RETURN(GrafanaQuery query, read_single(request));
  MILLRACE_ASSIGN_OR_RETURN(query.range, range_of_seconds(request));
  MILLRACE_ASSIGN_OR_RETURN(query.function, function_of(request.aggregatetype()));
  return check_aggregate(request, std::move(query));
}

}  // namespace millrace::query
