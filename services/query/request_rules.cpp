// SPDX-License-Identifier: Apache-2.0
#include "query/request_rules.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lib/error/error.h"
#include "lib/time_series/rejection.h"
#include "lib/utf8/utf8.h"
#include "query/page_token.h"
#include "query/request_field.h"
#include "query/request_names.h"
#include "query/request_range.h"

namespace millrace::query {
namespace {

constexpr int kDefaultLastPoints = 10'000;
constexpr int kDefaultPageSize = 100;
constexpr int kDefaultExplained = 10;
constexpr int kMaxExplained = 100;
constexpr int kDefaultReplayedPageSize = 1000;

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
  SeriesList list{request.application_name(), {}, request.with_extent()};
  MILLRACE_RETURN_IF_ERROR(check_application(list.application_name));
  if (list.with_extent && request.endpoint_ids().empty()) {
    return refused(kEndpointIds.field, "must have at least one entry where with_extent is set");
  }
  MILLRACE_ASSIGN_OR_RETURN(list.endpoint_ids, checked_names(kEndpointIds, request.endpoint_ids()));
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

absl::StatusOr<Subscribed> check(const v1::SubscribeRequest& request) {
  Subscribed subscribed;
  subscribed.application_name = request.application_name();
  MILLRACE_RETURN_IF_ERROR(check_application(subscribed.application_name));
  MILLRACE_ASSIGN_OR_RETURN(subscribed.endpoint_ids,
                            checked_names(kEndpointIds, request.endpoint_ids()));
  MILLRACE_ASSIGN_OR_RETURN(const auto series,
                            checked_names(kSeriesNames, request.time_series_names()));
  subscribed.series_names = {series.begin(), series.end()};
  if (request.has_from()) {
    MILLRACE_RETURN_IF_ERROR(check_time("from", request.from()));
    subscribed.from = at_or_after(request.from());
  }
  subscribed.request_digest = digest_of(request);
  if (request.resume_token().empty()) return subscribed;
  const auto resumed = read_subscription_token(request.resume_token(), subscribed.request_digest);
  if (!resumed.ok()) return refused("resume_token", error::message(resumed.status()));
  subscribed.resumed = *resumed;
  return subscribed;
}

absl::StatusOr<LastPoints> check(const v1::GetLastDataPointsRequest& request) {
  LastPoints points;
  points.application_name = request.application_name();
  MILLRACE_RETURN_IF_ERROR(check_application(points.application_name));
  MILLRACE_ASSIGN_OR_RETURN(points.endpoint_ids,
                            checked_names(kEndpointIds, request.endpoint_ids()));
  MILLRACE_ASSIGN_OR_RETURN(points.series_names,
                            checked_names(kSeriesNames, request.time_series_names()));
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
