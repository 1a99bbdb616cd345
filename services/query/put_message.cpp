// SPDX-License-Identifier: Apache-2.0
#include "query/put_message.h"

#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/telemetry/points_upload.h"
#include "query/request_field.h"

#include "millrace/telemetry/v1/data_points.pb.h"
#include "millrace/telemetry/v1/data_samples.pb.h"

namespace millrace::query {
namespace {

using telemetry::v1::DataPoint;
using telemetry::v1::DataPointsEvent;

// Of an event, beside its points, and of the upload it travels as: names of at most 128 bytes.
constexpr std::size_t kHeaderBytes = 1024;
// Of a point in its event: tag and length.
constexpr std::size_t kPointHeaderBytes = 8;

DataPoint point_of(const v1::PutPoint& given) {
  DataPoint point;
  point.set_timestamp_us(given.timestamp_us());
  for (const v1::NamedValue& value : given.values()) {
    telemetry::v1::PointValue& entry = (*point.mutable_values())[value.name()];
    switch (value.kind_case()) {
      case v1::NamedValue::kNumber:
        entry.set_number(value.number());
        break;
      case v1::NamedValue::kString:
        entry.set_string(value.string());
        break;
      case v1::NamedValue::kBoolean:
        entry.set_boolean(value.boolean());
        break;
      case v1::NamedValue::KIND_NOT_SET:
        break;  // null
    }
  }
  return point;
}

// Fills one message after the other.
class Messages {
 public:
  Messages(const v1::PutDataPointsRequest& request, const PutFacts& facts)
      : request_(request), facts_(facts) {}

  absl::Status add(const std::string& field, const v1::EndpointSeriesPoints& series) {
    begin_event(series);
    for (int i = 0; i < series.data_points_size(); ++i) {
      DataPoint point = point_of(series.data_points(i));
      const std::size_t bytes = point.ByteSizeLong() + kPointHeaderBytes;
      if (bytes + kHeaderBytes > kMaxPutMessageBytes) {
        return refused(fmt::format("{}.data_points[{}]", field, i),
                       fmt::format("has {} bytes, a point may have {}", bytes,
                                   kMaxPutMessageBytes - kHeaderBytes));
      }
      if (bytes_ + bytes > kMaxPutMessageBytes) {
        end_event();
        end_message();
        begin_event(series);
      }
      bytes_ += bytes;
      *event_.add_data_points() = std::move(point);
    }
    end_event();
    return absl::OkStatus();
  }

  std::vector<StreamMessage> take() {
    end_message();
    return std::move(done_);
  }

 private:
  void begin_event(const v1::EndpointSeriesPoints& series) {
    event_.Clear();
    event_.set_correlation_id(facts_.correlation_id);
    event_.set_timestamp_us(time::to_unix_us(facts_.received_at));
    event_.set_application_name(facts_.application_name);
    event_.set_app_version_name(request_.app_version_name());
    event_.set_endpoint_id(series.endpoint_id());
    event_.set_time_series_name(series.time_series_name());
    bytes_ += kHeaderBytes;
  }

  void end_event() {
    if (event_.data_points().empty()) return;
    *batch_.add_events() = telemetry::upload_of(event_, event_.SerializeAsString());
  }

  void end_message() {
    if (!batch_.events().empty()) done_.push_back({"", batch_.SerializeAsString()});
    batch_.Clear();
    bytes_ = 0;
  }

  const v1::PutDataPointsRequest& request_;
  const PutFacts& facts_;
  DataPointsEvent event_;
  telemetry::v1::DataSamplesBatch batch_;
  // Of the batch and the event that is not in it yet, at most.
  std::size_t bytes_ = 0;
  std::vector<StreamMessage> done_;
};

}  // namespace

absl::StatusOr<std::vector<StreamMessage>> put_messages(const v1::PutDataPointsRequest& request,
                                                        const PutFacts& facts) {
  Messages messages(request, facts);
  for (int i = 0; i < request.series_size(); ++i) {
    MILLRACE_RETURN_IF_ERROR(messages.add(fmt::format("series[{}]", i), request.series(i)));
  }
  return messages.take();
}

}  // namespace millrace::query
