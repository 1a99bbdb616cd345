// SPDX-License-Identifier: Apache-2.0
#include "query/request_rules.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lib/error/error.h"
#include "lib/time_series/rejection.h"
#include "lib/utf8/utf8.h"
#include "query/page_token.h"
#include "query/request_field.h"

namespace millrace::query {
namespace {

using google::protobuf::Timestamp;

// Longer than any series name that epts makes.
constexpr std::size_t kMaxSeriesNameBytes = 512;
constexpr int kDefaultLastPoints = 10'000;
constexpr int kDefaultPageSize = 100;
constexpr int kDefaultExplained = 10;
constexpr int kMaxExplained = 100;
constexpr int kDefaultReplayedPageSize = 1000;
constexpr std::int64_t kNanosPerMicro = 1000;

absl::Status check_application(const std::string& name) {
  return check_name("application_name", name, kMaxApplicationNameBytes);
}

struct NameRule {
  std::string field;
  std::size_t max_bytes;
};
const NameRule kEndpointIds{"endpoint_ids", kMaxEndpointIdBytes};
const NameRule kSeriesNames{"time_series_names", kMaxSeriesNameBytes};

using Names = google::protobuf::RepeatedPtrField<std::string>;

absl::StatusOr<std::vector<std::string>> names(const NameRule& rule, const Names& given) {
  if (given.size() > kMaxNames) {
    return refused(rule.field,
                   fmt::format("has {} entries, at most {} are allowed", given.size(), kMaxNames));
  }
  std::vector<std::string> distinct;
  std::unordered_set<std::string> seen;
  for (int i = 0; i < given.size(); ++i) {
    MILLRACE_RETURN_IF_ERROR(
        check_name(fmt::format("{}[{}]", rule.field, i), given[i], rule.max_bytes));
    if (seen.insert(given[i]).second) distinct.push_back(given[i]);
  }
  return distinct;
}

absl::StatusOr<std::vector<std::string>> some_names(const NameRule& rule, const Names& given) {
  if (given.empty()) return refused(rule.field, "must have at least one entry");
  return names(rule, given);
}

absl::Status check_time(const std::string& field, const Timestamp& time) {
  const std::int64_t first = time::to_unix_us(time_series::kEarliestTime) / 1'000'000;
  const std::int64_t end = time::to_unix_us(time_series::kLatestTime) / 1'000'000;
  if (time.seconds() < first || time.seconds() >= end) {
    return refused(field,
                   fmt::format("seconds is {}, must be of the years 1 to 9999", time.seconds()));
  }
  if (time.nanos() < 0 || time.nanos() > 999'999'999) {
    return refused(field, fmt::format("nanos is {}, must be 0 to 999999999", time.nanos()));
  }
  return absl::OkStatus();
}

// Points lie on whole microseconds. The first one at or after `time`:
time::UnixMicros at_or_after(const Timestamp& time) {
  const std::int64_t us = (time.nanos() + kNanosPerMicro - 1) / kNanosPerMicro;
  return time::from_unix_us(time.seconds() * 1'000'000 + us);
}
// … and the first one after it.
time::UnixMicros after(const Timestamp& time) {
  return time::from_unix_us(time.seconds() * 1'000'000 + time.nanos() / kNanosPerMicro + 1);
}

bool is_later(const Timestamp& a, const Timestamp& b) {
  return a.seconds() != b.seconds() ? a.seconds() > b.seconds() : a.nanos() > b.nanos();
}

absl::StatusOr<time_series::TimeRange> range_of(const v1::GetDataPointsRequest& request) {
  if (!request.has_from()) return refused("from", "must be set");
  if (!request.has_to()) return refused("to", "must be set");
  MILLRACE_RETURN_IF_ERROR(check_time("from", request.from()));
  MILLRACE_RETURN_IF_ERROR(check_time("to", request.to()));
  if (is_later(request.from(), request.to())) return refused("from", "must not be later than to");
  bool with_from = true;
  bool with_to = false;
  switch (request.include_time()) {
    case v1::INCLUDE_TIME_UNSPECIFIED:
    case v1::INCLUDE_TIME_FROM:
      break;
    case v1::INCLUDE_TIME_TO:
      with_from = false;
      with_to = true;
      break;
    case v1::INCLUDE_TIME_BOTH:
      with_to = true;
      break;
    case v1::INCLUDE_TIME_NONE:
      with_from = false;
      break;
    default:
      return refused("include_time", fmt::format("{} is no value of IncludeTime",
                                                 static_cast<int>(request.include_time())));
  }
  return time_series::TimeRange{with_from ? at_or_after(request.from()) : after(request.from()),
                                with_to ? after(request.to()) : at_or_after(request.to())};
}

absl::StatusOr<time_series::Direction> direction_of(v1::Order order) {
  switch (order) {
    case v1::ORDER_UNSPECIFIED:
    case v1::ORDER_ASCENDING:
      return time_series::Direction::kAscending;
    case v1::ORDER_DESCENDING:
      return time_series::Direction::kDescending;
    default:
      return refused("order", fmt::format("{} is no value of Order", static_cast<int>(order)));
  }
}

absl::Status check_reason(const std::string& reason) {
  const auto is_reason = [&reason](time_series::RejectionReason known) {
    return reason == time_series::word(known);
  };
  if (reason.empty() || std::any_of(time_series::kRejectionReasons.begin(),
                                    time_series::kRejectionReasons.end(), is_reason)) {
    return absl::OkStatus();
  }
  std::string known;
  for (const time_series::RejectionReason one : time_series::kRejectionReasons) {
    known += fmt::format("{}{}", known.empty() ? "" : ", ", time_series::word(one));
  }
  return refused("reason", fmt::format("is \"{}\", must be one of {}",
                                       utf8::with_replacements(reason.substr(0, 64)), known));
}

// Both requests have the same fields.
template <class Request>
absl::StatusOr<RejectedSamples> check_rejected(const Request& request, CountRule page) {
  RejectedSamples samples;
  samples.application_name = request.application_name();
  MILLRACE_RETURN_IF_ERROR(check_application(samples.application_name));
  samples.endpoint_id = request.endpoint_id();
  if (!samples.endpoint_id.empty()) {
    MILLRACE_RETURN_IF_ERROR(check_name("endpoint_id", samples.endpoint_id, kMaxEndpointIdBytes));
  }
  MILLRACE_RETURN_IF_ERROR(check_reason(request.reason()));
  samples.reason = request.reason();
  if (request.has_from()) {
    MILLRACE_RETURN_IF_ERROR(check_time("from", request.from()));
    samples.from = at_or_after(request.from());
  }
  if (request.has_to()) {
    MILLRACE_RETURN_IF_ERROR(check_time("to", request.to()));
    samples.to = at_or_after(request.to());
  }
  if (request.has_from() && request.has_to() && is_later(request.from(), request.to())) {
    return refused("from", "must not be later than to");
  }
  MILLRACE_ASSIGN_OR_RETURN(samples.page_size,
                            checked_count("page_size", request.page_size(), page));
  samples.request_digest = digest_of(request);
  if (request.page_token().empty()) return samples;
  const auto behind = read_page_token(request.page_token(), samples.request_digest);
  if (!behind.ok()) return refused("page_token", error::message(behind.status()));
  samples.behind = *behind;
  return samples;
}

}  // namespace

absl::StatusOr<SeriesList> check(const v1::ListTimeSeriesRequest& request) {
  SeriesList list{request.application_name(), {}};
  MILLRACE_RETURN_IF_ERROR(check_application(list.application_name));
  MILLRACE_ASSIGN_OR_RETURN(list.endpoint_ids, names(kEndpointIds, request.endpoint_ids()));
  return list;
}

absl::StatusOr<DataPoints> check(const v1::GetDataPointsRequest& request) {
  DataPoints points;
  points.application_name = request.application_name();
  MILLRACE_RETURN_IF_ERROR(check_application(points.application_name));
  MILLRACE_ASSIGN_OR_RETURN(points.endpoint_ids, some_names(kEndpointIds, request.endpoint_ids()));
  MILLRACE_ASSIGN_OR_RETURN(points.series_names,
                            some_names(kSeriesNames, request.time_series_names()));
  MILLRACE_ASSIGN_OR_RETURN(points.range, range_of(request));
  MILLRACE_ASSIGN_OR_RETURN(points.direction, direction_of(request.order()));
  if (request.limit() < 0) {
    return refused("limit", fmt::format("is {}, must not be negative", request.limit()));
  }
  if (request.limit() > 0) points.limit = request.limit();
  points.request_digest = digest_of(request);
  if (request.resume_token().empty()) return points;
  const auto behind = read_resume_token(request.resume_token(), points.request_digest);
  if (!behind.ok()) return refused("resume_token", error::message(behind.status()));
  points.behind = *behind;
  return points;
}

absl::StatusOr<LastPoints> check(const v1::GetLastDataPointsRequest& request) {
  LastPoints points;
  points.application_name = request.application_name();
  MILLRACE_RETURN_IF_ERROR(check_application(points.application_name));
  MILLRACE_ASSIGN_OR_RETURN(points.endpoint_ids, names(kEndpointIds, request.endpoint_ids()));
  MILLRACE_ASSIGN_OR_RETURN(points.series_names, names(kSeriesNames, request.time_series_names()));
  if (request.has_before()) {
    MILLRACE_RETURN_IF_ERROR(check_time("before", request.before()));
    points.before = at_or_after(request.before());
  }
  MILLRACE_ASSIGN_OR_RETURN(
      points.limit, checked_count("limit", request.limit(), {kMaxLastPoints, kDefaultLastPoints}));
  return points;
}

absl::StatusOr<RejectedSamples> check(const v1::ListRejectedSamplesRequest& request) {
  return check_rejected(request, {kMaxPageSize, kDefaultPageSize});
}

absl::StatusOr<RejectedSamples> check(const v1::ReplayRejectedSamplesRequest& request) {
  return check_rejected(request, {kMaxReplayedPageSize, kDefaultReplayedPageSize});
}

absl::StatusOr<std::set<std::string>> check(const v1::DiagnoseRequest& request) {
  static const std::set<std::string> kServices = {"http-receiver", "mqtt-receiver", "epts",
                                                  "registry"};
  std::set<std::string> without;
  for (int i = 0; i < request.without_size(); ++i) {
    if (!kServices.contains(request.without(i))) {
      return refused(fmt::format("without[{}]", i),
                     "must be one of " + fmt::format("{}", fmt::join(kServices, ", ")));
    }
    without.insert(request.without(i));
  }
  return without;
}

absl::StatusOr<TraceQuery> check(const v1::ExplainEndpointRequest& request) {
  TraceQuery query;
  MILLRACE_ASSIGN_OR_RETURN(
      query.limit, checked_count("limit", request.limit(), {kMaxExplained, kDefaultExplained}));
  if (!request.app_version_name().empty()) {
    if (!request.endpoint_id().empty()) {
      return refused("app_version_name", "must be empty where endpoint_id is given");
    }
    MILLRACE_RETURN_IF_ERROR(
        check_name("app_version_name", request.app_version_name(), kMaxApplicationNameBytes));
    query.app_version_name = request.app_version_name();
    return query;
  }
  MILLRACE_RETURN_IF_ERROR(check_name("endpoint_id", request.endpoint_id(), kMaxEndpointIdBytes));
  MILLRACE_RETURN_IF_ERROR(check_application(request.application_name()));
  query.endpoint_id = request.endpoint_id();
  query.application_name = request.application_name();
  return query;
}

}  // namespace millrace::query
