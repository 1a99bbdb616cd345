// SPDX-License-Identifier: Apache-2.0
#include "query/waiting_uploads.h"

#include "lib/bus/subjects.h"

#include "millrace/telemetry/v1/data_points.pb.h"
#include "millrace/telemetry/v1/data_samples.pb.h"

namespace millrace::query {
namespace {

template <typename Event>
bool is_of(const TraceQuery& query, const Event& event) {
  return event.endpoint_id() == query.endpoint_id &&
         event.application_name() == query.application_name;
}

std::vector<WaitingUpload> points_in(const TraceQuery& query, const std::string& payload) {
  telemetry::v1::DataPointsEvent event;
  if (!event.ParseFromString(payload) || !is_of(query, event)) return {};
  return {
      {time::from_unix_us(event.timestamp_us()), event.correlation_id(), event.data_points_size()}};
}

std::vector<WaitingUpload> samples_in(const TraceQuery& query, const std::string& payload) {
  std::vector<WaitingUpload> uploads;
  telemetry::v1::DataSamplesBatch batch;
  if (!batch.ParseFromString(payload)) return uploads;
  for (const telemetry::v1::DataSamplesEvent& event : batch.events()) {
    if (!is_of(query, event) || event.has_replayed_seq()) continue;
    uploads.push_back({time::from_unix_us(event.receipt_time_us()), event.correlation_id(),
                       event.sample_count()});
  }
  return uploads;
}

}  // namespace

std::vector<WaitingUpload> waiting_uploads(const TraceQuery& query,
                                           const bus::StoredMessage& message) {
  return bus::subjects::transmitter_of(message.subject) ? points_in(query, message.payload)
                                                        : samples_in(query, message.payload);
}

}  // namespace millrace::query
