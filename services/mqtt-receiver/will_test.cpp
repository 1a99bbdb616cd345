// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/will.h"

#include <gtest/gtest.h>

namespace millrace::mqtt_receiver {
namespace {

TEST(WillTest, OnAnUploadTopicItIsAnUpload) {
  const auto upload = upload_of({.topic = "kp1/v/dcx/t/json/7", .body = "{\"online\":false}"});
  ASSERT_TRUE(upload.has_value());
  EXPECT_EQ(upload->path.app_version_name, "v");
  EXPECT_EQ(upload->path.token, "t");
  EXPECT_EQ(upload->path.request_id, 7);
  EXPECT_EQ(upload->body, "{\"online\":false}");
}

TEST(WillTest, OnAnotherTopicItIsNone) {
  EXPECT_EQ(upload_of({.topic = "device/offline", .body = "1"}), std::nullopt);
  EXPECT_FALSE(takes_uploads("device/offline"));
  EXPECT_FALSE(takes_uploads(""));
  EXPECT_TRUE(takes_uploads("kp1/v/dcx/t/plain/online"));
}

TEST(WillTest, ItsMemoryIsThatOfItsTexts) {
  const Will will{.topic = "t", .body = std::string(10'000, 'x')};
  EXPECT_GE(will.bytes(), 10'000U);
  EXPECT_LT(will.bytes(), 11'000U);
}

}  // namespace
}  // namespace millrace::mqtt_receiver
