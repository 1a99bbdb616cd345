// SPDX-License-Identifier: Apache-2.0
#include "epts/batch_builder.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/postgres/copy_buffer.h"
#include "lib/telemetry/points_upload.h"

namespace millrace::epts {
namespace {

using extraction::CompiledRules;
using extraction::ExtractedSample;
using extraction::ExtractedValue;
using time_series::Rejection;
using time_series::RejectionReason;
using time_series::SampleBatch;

// Keeps sums with a forged receipt time from overflowing.
time::UnixMicros receipt_time(const telemetry::v1::DataSamplesEvent& event) {
  constexpr std::int64_t kFarthest = std::int64_t{1} << 62;
  return time::from_unix_us(
      std::clamp<std::int64_t>(event.receipt_time_us(), -kFarthest, kFarthest));
}

// Points are kept as text.
std::string_view content_type_of(const telemetry::v1::DataSamplesEvent& event) {
  if (telemetry::has_points(event)) return telemetry::kPointsJsonContentType;
  return event.content_type();
}

std::optional<SampleBatch::ReplayedRow> replayed_row(const telemetry::v1::DataSamplesEvent& event) {
  if (!event.has_replayed_seq()) return std::nullopt;
  return SampleBatch::ReplayedRow{event.replayed_seq(), receipt_time(event)};
}

}  // namespace

void BatchBuilder::begin(time::UnixMicros now) {
  now_ = now;
  batch_.clear();
  extraction_.release_texts();
  points_.clear();
  empty_replays_ = 0;
}

void BatchBuilder::add(const telemetry::v1::DataSamplesEvent& event, std::int64_t first_seq,
                       const Rules& rules) {
  batch_.begin_upload({event.application_name(), event.app_version_name(), event.endpoint_id(),
                       event.correlation_id(), rules == nullptr ? 0 : rules->version(),
                       event.traceparent(), content_type_of(event), replayed_row(event)});
  if (event.has_replayed_seq()) first_seq = event.replayed_seq();
  if (telemetry::has_points(event) && !event.has_replayed_seq()) {
    batch_.count_transmitted(event.sample_count());
  }
  if (rules == nullptr) {
    reject_upload(event, first_seq,
                  {RejectionReason::kUnknownApplication,
                   fmt::format("cannot extract: the registry knows no application \"{}\"; it was "
                               "deleted after the upload was accepted",
                               event.application_name())});
    return;
  }
  // What would be removed again is not stored.
  upload_window_ = window_;
  upload_window_.past = std::min(window_.past, rules->retention().value_or(retention_));
  SampleBatch::Facts facts;
  facts.seq = first_seq;
  facts.received_at = receipt_time(event);
  if (telemetry::has_points(event)) {
    add_points(event, facts);
    return;
  }
  if (!event.content_type().empty() && event.content_type() != "application/json") {
    reject_upload(event, first_seq,
                  {RejectionReason::kUnsupportedContentType,
                   "cannot extract: only application/json is understood"});
    return;
  }
  const absl::Status extracted =
      extraction_.extract(event.data_samples(), event.sample_count(), *rules);
  if (!extracted.ok()) {
    reject_upload(event, first_seq, {RejectionReason::kInvalidUpload, error::message(extracted)});
    return;
  }
  for (const ExtractedSample& sample : extraction_.samples()) {
    add_sample(sample, *rules, facts);
    ++facts.seq;
    facts.received_at += std::chrono::microseconds(1);
  }
}

void BatchBuilder::add_sample(const ExtractedSample& sample, const CompiledRules& rules,
                              SampleBatch::Facts& facts) {
  if (sample.is_empty()) {
    count_empty(1);
    return;
  }
  facts.time = sample.time.value_or(facts.received_at);
  facts.json = sample.json;
  if (!upload_window_.has(facts.time, now_)) {
    batch_.add_sample(facts, {}, {});
    batch_.reject(extraction::outside_window(sample, facts.time, rules));
    return;
  }
  add_values(sample, facts);
  if (sample.refused > 0) batch_.reject(extraction::rejection_of(sample, limits_));
}

void BatchBuilder::add_values(const ExtractedSample& sample, const SampleBatch::Facts& facts) {
  shape_.clear();
  numbers_.clear();
  texts_.clear();
  for (const ExtractedValue& value : sample.values) {
    time_series::append_value_name(shape_, value.type,
                                   value.is_auto ? extraction::kAutoPrefix : std::string_view(),
                                   value.series, value.name);
    if (value.type == time_series::ValueType::kString) {
      texts_.push_back(value.is_null ? std::string_view() : value.text);
    } else {
      numbers_.push_back(value.is_null ? postgres::null_pattern() : value.number);
    }
  }
  batch_.add_sample(facts, shape_, numbers_, texts_);
}

void BatchBuilder::add_points(const telemetry::v1::DataSamplesEvent& event,
                              const SampleBatch::Facts& facts) {
  const auto empty = points_.add(event, facts, upload_window_, now_, batch_);
  if (empty.ok()) {
    count_empty(*empty);
  } else {
    reject_upload(event, facts.seq,
                  {RejectionReason::kInvalidUpload, error::message(empty.status())});
  }
}

void BatchBuilder::count_empty(std::uint64_t samples) {
  if (batch_.uploads().back().replayed) {
    empty_replays_ += samples;
  } else {
    batch_.count_empty(samples);
  }
}

// One row for the whole upload: it cannot be taken apart, or nobody may look into it.
void BatchBuilder::reject_upload(const telemetry::v1::DataSamplesEvent& event,
                                 std::int64_t first_seq, Rejection rejection) {
  SampleBatch::Facts facts;
  facts.weight = event.sample_count();
  facts.seq = first_seq;
  facts.time = facts.received_at = receipt_time(event);
  facts.json = points_.readable(event);
  batch_.add_sample(facts, {}, {});
  batch_.reject(std::move(rejection));
}

}  // namespace millrace::epts
