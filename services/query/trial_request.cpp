// SPDX-License-Identifier: Apache-2.0
#include "query/trial_request.h"

#include <algorithm>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/series_rules/check.h"
#include "lib/telemetry/sample_json.h"
#include "lib/time_series/rejection.h"
#include "query/request_field.h"

namespace millrace::query {
namespace {

constexpr std::size_t kMaxUploadBytes = 1 << 20;
constexpr int kMaxSamples = 1000;
constexpr int kDefaultRejected = 20;
constexpr int kDefaultNext = 10;
constexpr int kMaxTimeoutSeconds = 600;
constexpr int kDefaultTimeoutSeconds = 60;

absl::StatusOr<TriedUpload> upload_of(const v1::GivenSamples& given) {
  constexpr char kField[] = "given.data_samples";
  if (given.data_samples().size() > kMaxUploadBytes) {
    return refused(kField, fmt::format("has {} bytes, at most {} are allowed",
                                       given.data_samples().size(), kMaxUploadBytes));
  }
  const auto checked = telemetry::check_upload(given.data_samples(), telemetry::SampleLimits());
  if (!checked.ok()) return refused(kField, error::message(checked.status()));
  return TriedUpload{std::string(checked->json), checked->sample_count};
}

absl::StatusOr<TriedRejected> rejected_of(const v1::RecentRejectedSamples& rejected) {
  if (!rejected.endpoint_id().empty()) {
    MILLRACE_RETURN_IF_ERROR(
        check_name("rejected.endpoint_id", rejected.endpoint_id(), kMaxEndpointIdBytes));
  }
  const auto is_reason = [&](time_series::RejectionReason known) {
    return time_series::word(known) == rejected.reason();
  };
  const auto& known = time_series::kRejectionReasons;
  if (!rejected.reason().empty() && std::none_of(known.begin(), known.end(), is_reason)) {
    return refused("rejected.reason", "is no reason; docs/rejected-samples.md lists them");
  }
  MILLRACE_ASSIGN_OR_RETURN(const int limit, checked_count("rejected.limit", rejected.limit(),
                                                           {kMaxSamples, kDefaultRejected}));
  return TriedRejected{rejected.endpoint_id(), rejected.reason(), limit};
}

absl::StatusOr<TriedNext> next_of(const v1::NextSamples& next) {
  MILLRACE_RETURN_IF_ERROR(check_name("next.endpoint_id", next.endpoint_id(), kMaxEndpointIdBytes));
  MILLRACE_ASSIGN_OR_RETURN(const int limit,
                            checked_count("next.limit", next.limit(), {kMaxSamples, kDefaultNext}));
  MILLRACE_ASSIGN_OR_RETURN(const int seconds,
                            checked_count("next.timeout_seconds", next.timeout_seconds(),
                                          {kMaxTimeoutSeconds, kDefaultTimeoutSeconds}));
  return TriedNext{next.endpoint_id(), limit, std::chrono::seconds(seconds)};
}

}  // namespace

absl::StatusOr<TrialRequest> check(const v1::TrySeriesRulesRequest& request) {
  TrialRequest trial;
  trial.application_name = request.application_name();
  MILLRACE_RETURN_IF_ERROR(
      check_name("application_name", trial.application_name, kMaxApplicationNameBytes));
  if (request.has_series_rules()) {
    const auto rules = series_rules::check(request.series_rules());
    if (!rules.ok()) return refused("series_rules", error::message(rules.status()));
    trial.rules = *rules;
  }
  switch (request.source_case()) {
    case v1::TrySeriesRulesRequest::kGiven: {
      MILLRACE_ASSIGN_OR_RETURN(trial.source, upload_of(request.given()));
      return trial;
    }
    case v1::TrySeriesRulesRequest::kRejected: {
      MILLRACE_ASSIGN_OR_RETURN(trial.source, rejected_of(request.rejected()));
      return trial;
    }
    case v1::TrySeriesRulesRequest::kNext: {
      MILLRACE_ASSIGN_OR_RETURN(trial.source, next_of(request.next()));
      return trial;
    }
    case v1::TrySeriesRulesRequest::SOURCE_NOT_SET:
      break;
  }
  return refused("source", "must be one of given, rejected and next");
}

}  // namespace millrace::query
