// SPDX-License-Identifier: Apache-2.0
#include "lib/telemetry/points_upload.h"

#include <cstdint>
#include <utility>

namespace millrace::telemetry {

bool has_points(const v1::DataSamplesEvent& upload) {
  return upload.content_type() == kPointsContentType ||
         upload.content_type() == kPointsJsonContentType;
}

v1::DataSamplesEvent upload_of(const v1::DataPointsEvent& event, std::string bytes) {
  v1::DataSamplesEvent upload;
  upload.set_correlation_id(event.correlation_id());
  upload.set_receipt_time_us(event.timestamp_us());
  upload.set_application_name(event.application_name());
  upload.set_app_version_name(event.app_version_name());
  upload.set_endpoint_id(event.endpoint_id());
  upload.set_content_type(kPointsContentType);
  upload.set_data_samples(std::move(bytes));
  upload.set_sample_count(static_cast<std::uint32_t>(event.data_points_size()));
  return upload;
}

}  // namespace millrace::telemetry
