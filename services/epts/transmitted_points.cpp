// SPDX-License-Identifier: Apache-2.0
#include "epts/transmitted_points.h"

#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include "lib/error/error.h"
#include "lib/postgres/copy_buffer.h"
#include "lib/series_rules/field.h"
#include "lib/telemetry/points_upload.h"

namespace millrace::epts {
namespace {

using telemetry::v1::DataPoint;
using telemetry::v1::DataPointsEvent;
using telemetry::v1::DataSamplesEvent;
using telemetry::v1::PointValue;
using time_series::Rejection;
using time_series::RejectionReason;
using time_series::SampleBatch;
using time_series::ValueType;

ValueType type_of(const PointValue& value) {
  switch (value.kind_case()) {
    case PointValue::kString:
      return ValueType::kString;
    case PointValue::kBoolean:
      return ValueType::kBoolean;
    default:
      return ValueType::kNumber;  // also null, which says nothing of its type
  }
}

Rejection refused(RejectionReason reason, const std::string& path, const std::string& why) {
  return {reason, fmt::format("cannot store the point: {}", why), path};
}

// In an order that does not change from point to point.
std::map<std::string_view, const PointValue*> sorted(const DataPoint& point) {
  std::map<std::string_view, const PointValue*> values;
  for (const auto& [name, value] : point.values()) values.emplace(name, &value);
  return values;
}

std::string json_of(const DataPointsEvent& event) {
  std::string json;
  // It fails on nothing that was parsed.
  (void)google::protobuf::util::MessageToJsonString(event, &json);
  return json;
}

// Without its points.
DataPointsEvent header_of(const DataPointsEvent& event) {
  DataPointsEvent header;
  header.set_correlation_id(event.correlation_id());
  header.set_timestamp_us(event.timestamp_us());
  header.set_application_name(event.application_name());
  header.set_app_version_name(event.app_version_name());
  header.set_endpoint_id(event.endpoint_id());
  header.set_time_series_name(event.time_series_name());
  return header;
}

// The other words of an event have their bounds in check_event() of held_message.cpp.
absl::Status check_bounds(const DataPointsEvent& event) {
  if (event.data_points_size() <= kMaxPointsOfEvent &&
      event.time_series_name().size() <= kMaxEventNameBytes) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      fmt::format("cannot use the DataPointsEvent: it has {} points and a time_series_name of {} "
                  "bytes; {} points and {} bytes are allowed",
                  event.data_points_size(), event.time_series_name().size(), kMaxPointsOfEvent,
                  kMaxEventNameBytes));
}

absl::StatusOr<DataPointsEvent> read(const DataSamplesEvent& upload) {
  DataPointsEvent event;
  const bool parsed =
      upload.content_type() == telemetry::kPointsContentType
          ? event.ParseFromString(upload.data_samples())
          : google::protobuf::util::JsonStringToMessage(upload.data_samples(), &event).ok();
  if (!parsed || static_cast<std::uint32_t>(event.data_points_size()) != upload.sample_count()) {
    return absl::InvalidArgumentError(
        fmt::format("cannot extract: {} bytes are no DataPointsEvent of {} points",
                    upload.data_samples().size(), upload.sample_count()));
  }
  MILLRACE_RETURN_IF_ERROR(check_bounds(event));
  return event;
}

}  // namespace

absl::StatusOr<DataSamplesEvent> upload_of_points(std::string_view payload) {
  DataPointsEvent event;
  if (!event.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return absl::InvalidArgumentError(
        fmt::format("cannot decode the message: {} bytes are no DataPointsEvent", payload.size()));
  }
  MILLRACE_RETURN_IF_ERROR(check_bounds(event));
  return telemetry::upload_of(event, std::string(payload));
}

void TransmittedPoints::clear() {
  events_.clear();
  kept_.clear();
}

std::string TransmittedPoints::Event::text(const SampleBatch::Sample& sample) const {
  DataPointsEvent one = header_of(event_);
  *one.add_data_points() = event_.data_points(static_cast<int>(sample.seq - first_seq_));
  return json_of(one);
}

std::string_view TransmittedPoints::readable(const DataSamplesEvent& upload) {
  if (upload.content_type() != telemetry::kPointsContentType) return upload.data_samples();
  const absl::StatusOr<DataPointsEvent> event = read(upload);
  if (!event.ok()) return upload.data_samples();
  return kept_.emplace_back(json_of(*event));
}

absl::StatusOr<std::uint64_t> TransmittedPoints::add(const DataSamplesEvent& upload,
                                                     SampleBatch::Facts facts,
                                                     const extraction::AcceptanceWindow& window,
                                                     time::UnixMicros now, SampleBatch& batch) {
  MILLRACE_ASSIGN_OR_RETURN(DataPointsEvent read_event, read(upload));
  const Event& kept = events_.emplace_back(std::move(read_event), facts.seq);
  const DataPointsEvent& event = kept.get();
  batch.set_late_texts(kept);
  std::uint64_t empty = 0;
  for (const DataPoint& point : event.data_points()) {
    facts.time = time::from_unix_us(point.timestamp_us());
    std::optional<Rejection> fault = fault_of(event, point);
    if (!fault && !window.has(facts.time, now)) {
      fault = refused(RejectionReason::kTimestampOutOfRange, "",
                      fmt::format("its time, {} µs since 1970, is further back than accept-past or "
                                  "the application's retention allow, or further ahead than "
                                  "accept-future",
                                  point.timestamp_us()));
    }
    if (fault) {
      batch.add_sample(facts, {}, {});
      batch.reject(*std::move(fault));
    } else if (point.values().empty()) {
      ++empty;
    } else {
      add_values(event, point, facts, batch);
    }
    ++facts.seq;
    facts.received_at += std::chrono::microseconds(1);
  }
  return empty;
}

std::optional<Rejection> TransmittedPoints::fault_of(const DataPointsEvent& event,
                                                     const DataPoint& point) const {
  if (!series_rules::is_stored_series_name(event.time_series_name())) {
    return refused(RejectionReason::kInvalidName, "timeSeriesName",
                   fmt::format("its series' name has {} bytes; 1 to {} of A-Z a-z 0-9 - _ ~ are "
                               "allowed",
                               event.time_series_name().size(), series_rules::kMaxSeriesNameBytes));
  }
  if (point.values().size() > limits_.max_fields) {
    return refused(RejectionReason::kTooManyFields, "",
                   fmt::format("it has {} values, {} are allowed (setting max-fields-per-sample of "
                               "epts)",
                               point.values().size(), limits_.max_fields));
  }
  for (const auto& [name, value] : sorted(point)) {
    if (auto fault = fault_of(std::string(name), *value)) return fault;
  }
  return std::nullopt;
}

std::optional<Rejection> TransmittedPoints::fault_of(const std::string& name,
                                                     const PointValue& value) const {
  if (!series_rules::is_value_name(name)) {
    return refused(
        RejectionReason::kInvalidName, "values",
        fmt::format("a value's name has {} bytes; 1 to {} without control characters "
                    "and {} are allowed, and some are reserved",
                    name.size(), series_rules::kMaxValueNameBytes, series_rules::kNotInValueNames));
  }
  if (value.kind_case() == PointValue::kNumber && !std::isfinite(value.number())) {
    return refused(RejectionReason::kNumberOutOfRange, name, name + " is not a finite number");
  }
  if (value.kind_case() != PointValue::kString) return std::nullopt;
  if (value.string().size() > limits_.max_string_bytes) {
    return refused(RejectionReason::kStringTooLong, name,
                   fmt::format("{} has {} bytes, {} are allowed (setting max-string-size of epts)",
                               name, value.string().size(), limits_.max_string_bytes));
  }
  if (value.string().find('\0') != std::string::npos) {
    return refused(RejectionReason::kStringNotText, name, name + " has the character U+0000");
  }
  return std::nullopt;
}

void TransmittedPoints::add_values(const DataPointsEvent& event, const DataPoint& point,
                                   const SampleBatch::Facts& facts, SampleBatch& batch) {
  shape_.clear();
  numbers_.clear();
  texts_.clear();
  for (const auto& [name, value] : sorted(point)) {
    const ValueType type = type_of(*value);
    time_series::append_value_name(shape_, type, {}, event.time_series_name(), name);
    switch (value->kind_case()) {
      case PointValue::kString:
        texts_.emplace_back(value->string());
        break;
      case PointValue::kBoolean:
        numbers_.push_back(value->boolean() ? 1 : 0);
        break;
      case PointValue::kNumber:
        numbers_.push_back(value->number());
        break;
      case PointValue::KIND_NOT_SET:
        numbers_.push_back(postgres::null_pattern());
        break;
    }
  }
  batch.add_sample(facts, shape_, numbers_, texts_);
}

}  // namespace millrace::epts
