// SPDX-License-Identifier: Apache-2.0
#include "query/live_samples.h"

#include <utility>

#include "lib/bus/subjects.h"
#include "lib/error/error.h"
#include "lib/telemetry/points_upload.h"

namespace millrace::query {

LiveSamples::LiveSamples(std::string application_name, std::string endpoint_id)
    : application_name_(std::move(application_name)), endpoint_id_(std::move(endpoint_id)) {}

LiveSamples::~LiveSamples() = default;

absl::StatusOr<std::unique_ptr<LiveSamples>> LiveSamples::open(bus::Connection& connection,
                                                               std::string application_name,
                                                               std::string endpoint_id) {
  std::unique_ptr<LiveSamples> samples(
      new LiveSamples(std::move(application_name), std::move(endpoint_id)));
  MILLRACE_ASSIGN_OR_RETURN(
      samples->subscription_,
      connection.subscribe(
          bus::subjects::kAllDataSamples, "",
          [self = samples.get()](const bus::Message& message) { self->take(message); }));
  return samples;
}

void LiveSamples::take(const bus::Message& message) {
  // Every upload of the deployment comes by: most messages are passed over without being decoded.
  if (message.payload.find(endpoint_id_) == std::string_view::npos) return;
  telemetry::v1::DataSamplesBatch batch;
  if (!batch.ParseFromArray(message.payload.data(), static_cast<int>(message.payload.size()))) {
    return;
  }
  for (telemetry::v1::DataSamplesEvent& event : *batch.mutable_events()) {
    const bool is_wanted = event.endpoint_id() == endpoint_id_ &&
                           event.application_name() == application_name_ &&
                           !event.has_replayed_seq() && !telemetry::has_points(event);
    if (is_wanted) keep(std::move(event));
  }
}

void LiveSamples::keep(telemetry::v1::DataSamplesEvent event) {
  concurrency::MutexLock lock(mutex_);
  const std::size_t bytes = event.data_samples().size();
  if (uploads_.size() == kMaxUploads || bytes_ + bytes > kMaxBytes) return;
  bytes_ += bytes;
  uploads_.push_back(std::move(event));
  came_.notify_one();
}

std::optional<telemetry::v1::DataSamplesEvent> LiveSamples::next(std::chrono::milliseconds wait) {
  concurrency::MutexLock lock(mutex_);
  // Woken without a cause it comes early: whoever waits for long asks again anyway.
  if (uploads_.empty()) came_.wait_for(mutex_, wait);
  if (uploads_.empty()) return std::nullopt;
  telemetry::v1::DataSamplesEvent event = std::move(uploads_.front());
  uploads_.pop_front();
  bytes_ -= event.data_samples().size();
  return event;
}

}  // namespace millrace::query
