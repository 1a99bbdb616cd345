// SPDX-License-Identifier: Apache-2.0
#include "epts/held_message.h"

#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "epts/transmitted_points.h"
#include "lib/bus/subjects.h"
#include "lib/error/error.h"
#include "lib/trace/trace_context.h"

namespace millrace::epts {
namespace {

// Of the stream: with the index behind it, it still fits into seq.
constexpr std::uint64_t kMaxSequence = std::uint64_t{1} << (62 - kSampleIndexBits);
constexpr std::int64_t kMaxReplayedSeq = std::int64_t{1} << 62;
// As long as any of our fields of this kind; PostgreSQL indexes two of them.
constexpr std::size_t kMaxNameBytes = 1024;

absl::Status check_name(const char* what, const std::string& name) {
  if (!name.empty() && name.size() <= kMaxNameBytes && name.find('\0') == std::string::npos) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      fmt::format("cannot use the message: an event's {} has {} bytes or a NUL; 1 to {} bytes "
                  "without NUL are allowed",
                  what, name.size(), kMaxNameBytes));
}

absl::Status check_event(const telemetry::v1::DataSamplesEvent& event) {
  MILLRACE_RETURN_IF_ERROR(check_name("application_name", event.application_name()));
  MILLRACE_RETURN_IF_ERROR(check_name("app_version_name", event.app_version_name()));
  MILLRACE_RETURN_IF_ERROR(check_name("endpoint_id", event.endpoint_id()));
  // With the position of the last sample it must still be one.
  if (event.replayed_seq() < 0 || event.replayed_seq() > kMaxReplayedSeq) {
    return absl::InvalidArgumentError(
        fmt::format("cannot use the message: an event's replayed_seq is {}, must be 0 to {}",
                    event.replayed_seq(), kMaxReplayedSeq));
  }
  if (!event.content_type().empty()) {
    MILLRACE_RETURN_IF_ERROR(check_name("content_type", event.content_type()));
  }
  if (event.correlation_id().empty()) return absl::OkStatus();
  return check_name("correlation_id", event.correlation_id());
}

// What is left is valid and of version 00: everything behind this relies on it.
void drop_foreign_trace(telemetry::v1::DataSamplesEvent& event) {
  if (event.traceparent().empty()) return;
  const auto context = trace::TraceContext::parse(event.traceparent());
  if (!context.has_value() || context->traceparent() != event.traceparent()) {
    event.clear_traceparent();
  }
}

absl::Status decode(const bus::PulledMessage& message, telemetry::v1::DataSamplesBatch& batch) {
  const std::string_view payload = message.payload();
  if (payload.size() > std::numeric_limits<int>::max()) {
    return absl::InvalidArgumentError(
        fmt::format("cannot decode the message: it has {} bytes", payload.size()));
  }
  if (bus::subjects::transmitter_of(message.subject())) {
    MILLRACE_ASSIGN_OR_RETURN(*batch.add_events(), upload_of_points(payload));
    return absl::OkStatus();
  }
  if (batch.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      fmt::format("cannot decode the message: {} bytes are no DataSamplesBatch", payload.size()));
}

}  // namespace

absl::StatusOr<HeldMessage> hold(std::unique_ptr<bus::PulledMessage>& message) {
  HeldMessage held;
  MILLRACE_RETURN_IF_ERROR(decode(*message, held.batch));
  std::uint64_t samples = 0;
  for (telemetry::v1::DataSamplesEvent& event : *held.batch.mutable_events()) {
    MILLRACE_RETURN_IF_ERROR(check_event(event));
    drop_foreign_trace(event);
    samples += event.sample_count();
  }
  if (samples >= std::uint64_t{1} << kSampleIndexBits ||
      message->stream_sequence() >= kMaxSequence) {
    return absl::InvalidArgumentError(fmt::format(
        "cannot use the message: {} samples at position {} of the stream, at most {} "
        "samples and {} positions are possible",
        samples, message->stream_sequence(), (1 << kSampleIndexBits) - 1, kMaxSequence - 1));
  }
  held.sample_count = static_cast<std::uint32_t>(samples);
  held.message = std::move(message);
  return held;
}

}  // namespace millrace::epts
