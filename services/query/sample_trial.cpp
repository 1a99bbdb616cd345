// SPDX-License-Identifier: Apache-2.0
#include "query/sample_trial.h"

#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/utf8/utf8.h"
#include "query/reply.h"

namespace millrace::query {
namespace {

using extraction::ExtractedSample;
using extraction::ExtractedValue;
using time_series::Rejection;
using time_series::RejectionReason;

constexpr char kAutoValueName[] = "value";
constexpr char kJson[] = "application/json";

// Clients take messages of 4 MiB unless told otherwise, and one string may be in many values.
constexpr std::size_t kMaxShownBytes = 3 << 20;

void add(v1::TriedSample& tried, const Rejection& rejection) {
  v1::TriedRejection& entry = *tried.add_rejections();
  entry.set_reason(std::string(time_series::word(rejection.reason)));
  entry.set_detail(utf8::with_replacements(rejection.detail));
  entry.set_path(utf8::with_replacements(rejection.path));
  entry.set_value(utf8::with_replacements(rejection.value));
}

// For the whole of an upload.
v1::TriedSample untried(const SampleTrial::Upload& upload, const Rejection& rejection) {
  v1::TriedSample whole;
  whole.set_sample(utf8::with_replacements(upload.json));
  whole.set_endpoint_id(std::string(upload.endpoint_id));
  set_time(*whole.mutable_received_at(), upload.received_at);
  add(whole, rejection);
  return whole;
}

// Then the sample has no time, and no points.
bool is_of_whole_sample(RejectionReason reason) {
  return reason == RejectionReason::kTooManyFields ||
         reason == RejectionReason::kTimestampMissing ||
         reason == RejectionReason::kTimestampInvalid;
}

std::string series_name(const ExtractedValue& value) {
  std::string name(value.is_auto ? extraction::kAutoPrefix : "");
  return name.append(value.series);
}

void add_value(v1::TriedPoint& point, const ExtractedValue& value) {
  v1::NamedValue& entry = *point.add_values();
  entry.set_name(value.is_auto ? kAutoValueName : std::string(value.name));
  if (value.is_null) return;
  switch (value.type) {
    case time_series::ValueType::kNumber:
      entry.set_number(value.number);
      break;
    case time_series::ValueType::kString:
      entry.set_string(std::string(value.text));
      break;
    case time_series::ValueType::kBoolean:
      entry.set_boolean(value.number != 0);
      break;
  }
}

// Values of one series are neighbours.
void add_points(v1::TriedSample& tried, const ExtractedSample& sample) {
  for (const ExtractedValue& value : sample.values) {
    std::string name = series_name(value);
    const int count = tried.data_points_size();
    const bool is_same = count > 0 && tried.data_points(count - 1).time_series_name() == name;
    v1::TriedPoint& point =
        is_same ? *tried.mutable_data_points(count - 1) : *tried.add_data_points();
    if (!is_same) point.set_time_series_name(std::move(name));
    add_value(point, value);
  }
}

}  // namespace

v1::TriedSample SampleTrial::tried(const ExtractedSample& sample, time::UnixMicros received_at,
                                   time::UnixMicros now) const {
  v1::TriedSample tried;
  tried.set_sample(std::string(sample.json));
  bool is_refused = false;
  // Each by itself: epts makes one sentence of all.
  for (const extraction::Refusal& refusal : sample.refusals) {
    ExtractedSample one = sample;
    one.refusals = std::span(&refusal, 1);
    one.refused = 1;
    add(tried, extraction::rejection_of(one, limits_));
    is_refused = is_refused || is_of_whole_sample(refusal.reason);
  }
  if (is_refused) return tried;
  const time::UnixMicros time = sample.time.value_or(received_at);
  if (!sample.is_empty() && !window_.has(time, now)) {
    add(tried, extraction::outside_window(sample, time, *rules_));
    return tried;
  }
  set_time(*tried.mutable_timestamp(), time);
  add_points(tried, sample);
  if (tried.ByteSizeLong() > kMaxShownBytes) {
    tried.clear_data_points();
    tried.add_rejections()->set_detail(
        "nothing is wrong, but its points are too large to be shown");
  }
  return tried;
}

absl::Status SampleTrial::run(const Upload& upload, time::UnixMicros now, const Take& take) {
  if (!upload.content_type.empty() && upload.content_type != kJson) {
    return take(untried(upload, {RejectionReason::kUnsupportedContentType,
                                 fmt::format("cannot be tried: it is of {}, and rules are for {}",
                                             upload.content_type, kJson)}));
  }
  extraction_.release_texts();
  const absl::Status extracted = extraction_.extract(upload.json, upload.sample_count, *rules_);
  if (!extracted.ok()) {
    return take(untried(upload, {RejectionReason::kInvalidUpload, error::message(extracted)}));
  }
  time::UnixMicros received_at = upload.received_at;
  for (const ExtractedSample& sample : extraction_.samples()) {
    v1::TriedSample one = tried(sample, received_at, now);
    one.set_endpoint_id(std::string(upload.endpoint_id));
    set_time(*one.mutable_received_at(), received_at);
    MILLRACE_RETURN_IF_ERROR(take(one));
    received_at += std::chrono::microseconds(1);
  }
  return absl::OkStatus();
}

}  // namespace millrace::query
