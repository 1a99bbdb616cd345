// SPDX-License-Identifier: Apache-2.0
#include "query/explanation.h"

#include <algorithm>

#include <fmt/format.h>

#include "lib/extraction/compiled_rules.h"
#include "query/quantity_text.h"
#include "query/reply.h"

namespace millrace::query {
namespace {

using Sample = v1::ExplainedSample;

void add_refusal(const status::v1::RefusalsResponse& of, const status::v1::Refusal& refusal,
                 v1::ExplainEndpointResponse& response) {
  Sample& sample = *response.add_samples();
  const bool accepted = refusal.status_code() == 0;
  sample.set_fate(accepted ? Sample::FATE_EMPTY : Sample::FATE_REFUSED);
  set_time(*sample.mutable_received_at(), time::from_unix_us(refusal.refused_at_us()));
  sample.set_correlation_id(refusal.correlation_id());
  sample.set_sample_count(refusal.times());
  if (accepted) {
    sample.set_detail("accepted, and nothing stored: " + refusal.reason_phrase());
    return;
  }
  sample.set_reason(std::to_string(refusal.status_code()));
  sample.set_detail(fmt::format(
      "{} answered {}: {}{}", of.service(), refusal.status_code(), refusal.reason_phrase(),
      refusal.times() > 1 ? fmt::format(" ({} times in a row)", count_text(refusal.times())) : ""));
}

void add_waiting(const WaitingUpload& upload, v1::ExplainEndpointResponse& response) {
  Sample& sample = *response.add_samples();
  sample.set_fate(Sample::FATE_IN_FLIGHT);
  set_time(*sample.mutable_received_at(), upload.received_at);
  sample.set_correlation_id(upload.correlation_id);
  sample.set_sample_count(upload.samples);
  sample.set_detail("accepted; waits in the stream until epts stores it");
}

void add_value(const time_series::StoredValue& value, Sample& sample) {
  v1::TriedPoint* point = nullptr;
  for (v1::TriedPoint& one : *sample.mutable_data_points()) {
    if (one.time_series_name() == value.series_name) point = &one;
  }
  if (point == nullptr) {
    point = sample.add_data_points();
    point->set_time_series_name(value.series_name);
  }
  v1::NamedValue& to = *point->add_values();
  to.set_name(value.value_name);
  if (value.text.has_value()) {
    to.set_string(*value.text);
  } else if (value.number.has_value() && value.type == time_series::ValueType::kBoolean) {
    to.set_boolean(*value.number != 0);
  } else if (value.number.has_value()) {
    to.set_number(*value.number);
  }
}

void add_frame(const time_series::StoredFrame& frame, v1::ExplainEndpointResponse& response) {
  Sample& sample = *response.add_samples();
  sample.set_fate(Sample::FATE_STORED);
  set_time(*sample.mutable_timestamp(), frame.time);
  sample.set_sample_count(1);
  for (const time_series::StoredValue& value : frame.values) add_value(value, sample);
  sample.set_detail("stored");
  if (frame.replaced == 0) return;
  Sample& merged = *response.add_samples();
  merged.set_fate(Sample::FATE_MERGED);
  set_time(*merged.mutable_timestamp(), frame.time);
  merged.set_sample_count(frame.replaced);
  merged.set_detail(fmt::format("{} of this instant {} stored, and replaced by the one above",
                                count_of(frame.replaced, "earlier sample"),
                                frame.replaced == 1 ? "was" : "were"));
}

void add_rejected(const time_series::RejectedSample& rejected,
                  v1::ExplainEndpointResponse& response) {
  Sample& sample = *response.add_samples();
  sample.set_fate(Sample::FATE_REJECTED);
  set_time(*sample.mutable_received_at(), rejected.position.received_at);
  sample.set_correlation_id(rejected.correlation_id);
  sample.set_reason(rejected.reason);
  sample.set_detail(rejected.detail);
  sample.set_partly_stored(rejected.partly_stored);
  sample.set_sample_count(rejected.sample_count);
}

// By when it was received, or where that is not known by its own time.
std::int64_t moment_us(const Sample& sample) {
  const auto& time = sample.has_received_at() ? sample.received_at() : sample.timestamp();
  return time.seconds() * 1'000'000 + time.nanos() / 1000;
}

bool take_nothing(const configuration::v1::SeriesRules& rules) {
  const auto compiled = extraction::CompiledRules::compile(rules);
  return compiled.ok() && (*compiled)->take_nothing();
}

void explain_nothing(const TraceQuery& query, v1::ExplainEndpointResponse& response) {
  response.add_gaps(
      query.endpoint_id.empty()
          ? fmt::format("nobody sent to {} with an unknown token, as far as receivers remember; is "
                        "the device sending to this server?",
                        query.app_version_name)
          : fmt::format(
                "no sample of {} was accepted or refused, as far as is known; is the device "
                "sending to this server, with a token of this endpoint? `millrace explain "
                "--app-version …` shows uploads of tokens that nobody knows",
                query.endpoint_id));
}

}  // namespace

v1::ExplainEndpointResponse explain(const TraceQuery& query, const EndpointTraces& traces,
                                    const configuration::v1::SeriesRules* rules) {
  v1::ExplainEndpointResponse response;
  response.set_endpoint_id(query.endpoint_id);
  response.set_application_name(query.application_name);
  for (const status::v1::RefusalsResponse& answer : traces.refusals) {
    for (const status::v1::Refusal& refusal : answer.refusals()) {
      add_refusal(answer, refusal, response);
    }
  }
  for (const WaitingUpload& upload : traces.waiting) add_waiting(upload, response);
  for (const time_series::StoredFrame& frame : traces.stored) add_frame(frame, response);
  for (const time_series::RejectedSample& one : traces.rejected) add_rejected(one, response);
  std::stable_sort(response.mutable_samples()->begin(), response.mutable_samples()->end(),
                   [](const Sample& a, const Sample& b) { return moment_us(a) > moment_us(b); });
  for (const std::string& gap : traces.gaps) response.add_gaps(gap);
  if (response.samples().empty() && traces.gaps.empty()) explain_nothing(query, response);
  if (rules != nullptr && take_nothing(*rules)) {
    response.add_gaps(
        fmt::format("samples of application {} give nothing as its rules are now: auto-extraction "
                    "is off and no "
                    "series is configured",
                    query.application_name));
  }
  return response;
}

}  // namespace millrace::query
