// SPDX-License-Identifier: Apache-2.0
#include "lib/telemetry/points_upload.h"

#include <gtest/gtest.h>

namespace millrace::telemetry {
namespace {

TEST(PointsUpload, SaysWhatTheEventSays) {
  v1::DataPointsEvent event;
  event.set_correlation_id("c");
  event.set_timestamp_us(7);
  event.set_application_name("app");
  event.set_app_version_name("app-v1");
  event.set_endpoint_id("ep");
  event.set_time_series_name("s");
  event.add_data_points();
  event.add_data_points();
  const v1::DataSamplesEvent upload = upload_of(event, event.SerializeAsString());
  EXPECT_EQ(upload.correlation_id(), "c");
  EXPECT_EQ(upload.receipt_time_us(), 7);
  EXPECT_EQ(upload.application_name(), "app");
  EXPECT_EQ(upload.app_version_name(), "app-v1");
  EXPECT_EQ(upload.endpoint_id(), "ep");
  EXPECT_EQ(upload.sample_count(), 2U);
  v1::DataPointsEvent again;
  ASSERT_TRUE(again.ParseFromString(upload.data_samples()));
  EXPECT_EQ(again.SerializeAsString(), event.SerializeAsString());
  EXPECT_TRUE(has_points(upload));
}

TEST(PointsUpload, IsToldByItsContentType) {
  v1::DataSamplesEvent upload;
  EXPECT_FALSE(has_points(upload));
  upload.set_content_type("application/json");
  EXPECT_FALSE(has_points(upload));
  upload.set_content_type(kPointsJsonContentType);
  EXPECT_TRUE(has_points(upload));
}

}  // namespace
}  // namespace millrace::telemetry
