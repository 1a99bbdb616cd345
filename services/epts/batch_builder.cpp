// SPDX-License-Identifier: Apache-2.0
#include "epts/batch_builder.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"

namespace millrace::epts {
namespace {

using time_series::Rejection;
using time_series::RejectionReason;
using time_series::SampleBatch;

// Names a rejection tells; a device could send a thousand.
constexpr std::size_t kMaxNames = 10;
// Of a name too long to be one.
constexpr std::size_t kMaxShownBytes = 64;

// Keeps sums with a forged receipt time from overflowing.
time::UnixMicros receipt_time(const telemetry::v1::DataSamplesEvent& event) {
  constexpr std::int64_t kFarthest = std::int64_t{1} << 62;
  return time::from_unix_us(
      std::clamp<std::int64_t>(event.receipt_time_us(), -kFarthest, kFarthest));
}

std::string names_in(std::span<const FieldRefusal> refusals) {
  std::string names;
  for (std::size_t i = 0; i < std::min(refusals.size(), kMaxNames); ++i) {
    const std::string_view name = refusals[i].name;
    names += i > 0 ? ", " : "";
    names += name.substr(0, kMaxShownBytes);
    if (name.size() > kMaxShownBytes) names += "…";
  }
  if (refusals.size() > kMaxNames)
    names += fmt::format(" and {} more", refusals.size() - kMaxNames);
  return names;
}

// One sentence for all that was refused of a sample; the reason is that of the first.
Rejection rejection_of(std::span<const FieldRefusal> refusals, const ExtractionLimits& limits) {
  const RejectionReason reason = refusals.front().reason;
  if (reason == RejectionReason::kTooManyFields) {
    return {reason, fmt::format("cannot store the sample: it has more than {} numeric fields "
                                "(setting max-fields-per-sample of epts)",
                                limits.max_fields)};
  }
  if (reason == RejectionReason::kNameTooLong) {
    return {reason, fmt::format("cannot store {}: a field's name may have {} bytes at most",
                                names_in(refusals), limits.max_name_bytes)};
  }
  return {reason, fmt::format("cannot store {}: the number is too large for a 64-bit "
                              "floating-point number, which ends at 1.8e308",
                              names_in(refusals))};
}

}  // namespace

void BatchBuilder::begin(time::UnixMicros now) {
  earliest_ = now - window_.past;
  latest_ = now + window_.future;
  batch_.clear();
  empty_samples_ = 0;
}

void BatchBuilder::add(const telemetry::v1::DataSamplesEvent& event, std::int64_t first_seq,
                       const Rules& rules) {
  batch_.begin_upload({event.application_name(), event.app_version_name(), event.endpoint_id(),
                       event.correlation_id(), rules == nullptr ? 0 : rules->version(),
                       event.traceparent()});
  if (rules == nullptr) {
    reject_upload(event, first_seq,
                  {RejectionReason::kUnknownApplication,
                   fmt::format("cannot extract: the registry knows no application \"{}\"; it was "
                               "deleted after the upload was accepted",
                               event.application_name())});
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
  SampleBatch::Facts facts;
  facts.seq = first_seq;
  facts.received_at = receipt_time(event);
  for (const ExtractedSample& sample : extraction_.samples()) {
    // The rules name no timestamp: a sample's time is when it was received.
    facts.time = facts.received_at;
    facts.json = sample.json;
    add_sample(sample, facts);
    ++facts.seq;
    facts.received_at += std::chrono::microseconds(1);
  }
}

void BatchBuilder::add_sample(const ExtractedSample& sample, const SampleBatch::Facts& facts) {
  if (sample.fields.empty() && sample.refusals.empty()) {
    ++empty_samples_;
    return;
  }
  if (facts.time < earliest_ || facts.time > latest_) {
    batch_.add_sample(facts, {}, {});
    batch_.reject({RejectionReason::kTimestampOutOfRange,
                   fmt::format("cannot store the sample: its time, {} µs since 1970, is further "
                               "back than accept-past or further ahead than accept-future allow; "
                               "is the clock of the receiver right?",
                               time::to_unix_us(facts.time))});
    return;
  }
  shape_.clear();
  numbers_.clear();
  for (const ExtractedField& field : sample.fields) {
    time_series::append_value_name(shape_, time_series::ValueType::kNumber, kAutoPrefix,
                                   field.name);
    numbers_.push_back(field.number);
  }
  batch_.add_sample(facts, shape_, numbers_);
  if (!sample.refusals.empty()) batch_.reject(rejection_of(sample.refusals, limits_));
}

// One row for the whole upload: it cannot be taken apart, or nobody may look into it.
void BatchBuilder::reject_upload(const telemetry::v1::DataSamplesEvent& event,
                                 std::int64_t first_seq, Rejection rejection) {
  SampleBatch::Facts facts;
  facts.weight = event.sample_count();
  facts.seq = first_seq;
  facts.time = facts.received_at = receipt_time(event);
  facts.json = event.data_samples();
  batch_.add_sample(facts, {}, {});
  batch_.reject(std::move(rejection));
}

}  // namespace millrace::epts
