// SPDX-License-Identifier: Apache-2.0
#include "lib/telemetry/resource_path.h"

#include <gtest/gtest.h>

#include "lib/error/error.h"

namespace millrace::telemetry {
namespace {

ResourcePath parsed(std::string_view path) {
  const auto result = parse_resource_path(path);
  EXPECT_TRUE(result.ok()) << path << ": " << result.status();
  return result.value_or(ResourcePath{});
}

void expect_not_found(std::string_view path, const std::string& why) {
  const auto result = parse_resource_path(path);
  ASSERT_FALSE(result.ok()) << path;
  EXPECT_EQ(result.status().code(), absl::StatusCode::kNotFound);
  EXPECT_NE(error::message(result.status()).find(why), std::string::npos)
      << path << ": " << result.status();
}

TEST(ResourcePath, JsonNamesVersionAndToken) {
  const ResourcePath path = parsed("kp1/bsd9j82ikfmmfgrjagmg-v1/dcx/JTjdbENzHh/json");
  EXPECT_EQ(path.app_version_name, "bsd9j82ikfmmfgrjagmg-v1");
  EXPECT_EQ(path.token, "JTjdbENzHh");
  EXPECT_EQ(path.kind, ResourcePath::Kind::kJson);
  EXPECT_FALSE(path.request_id.has_value());
}

TEST(ResourcePath, ALastLevelOfDigitsIsTheRequestId) {
  EXPECT_EQ(parsed("kp1/v1/dcx/t/json/23").request_id, 23);
  EXPECT_EQ(parsed("kp1/v1/dcx/t/json/0").request_id, 0);
  EXPECT_EQ(parsed("kp1/v1/dcx/t/json/007").request_id, 7);
  EXPECT_EQ(parsed("kp1/v1/dcx/t/json/2147483647").request_id, 2147483647);
}

TEST(ResourcePath, RequestIdsOutsideInt32AreRefused) {
  expect_not_found("kp1/v1/dcx/t/json/2147483648", "from 0 to 2147483647");
  expect_not_found("kp1/v1/dcx/t/json/99999999999999999999", "from 0 to 2147483647");
  expect_not_found("kp1/v1/dcx/t/json/a/2147483648", "from 0 to 2147483647");
  // These are no numbers, but levels below json.
  EXPECT_TRUE(parsed("kp1/v1/dcx/t/json/-1").relaxed);
  EXPECT_FALSE(parsed("kp1/v1/dcx/t/json/1.5").request_id.has_value());
}

TEST(ResourcePath, WhatStandsBelowJsonIsMarked) {
  EXPECT_FALSE(parsed("kp1/v1/dcx/t/json").relaxed);
  EXPECT_FALSE(parsed("kp1/v1/dcx/t/json/23").relaxed);
  for (const std::string_view path :
       {"kp1/v1/dcx/t/json/sensors", "kp1/v1/dcx/t/json/a/b/c/d/e/f", "kp1/v1/dcx/t/json/",
        "kp1/v1/dcx/t/json/1/", "kp1/v1/dcx/t/json/\xC3\xA4"}) {
    const ResourcePath path_below = parsed(path);
    EXPECT_TRUE(path_below.relaxed) << path;
    EXPECT_EQ(path_below.kind, ResourcePath::Kind::kJson) << path;
    EXPECT_EQ(path_below.token, "t") << path;
    EXPECT_FALSE(path_below.request_id.has_value()) << path;
  }
}

TEST(ResourcePath, BelowJsonALastLevelOfDigitsIsTheRequestIdToo) {
  for (const std::string_view path :
       {"kp1/v1/dcx/t/json/sensors/7", "kp1/v1/dcx/t/json/5/7", "kp1/v1/dcx/t/json/a/b/c/7"}) {
    EXPECT_TRUE(parsed(path).relaxed) << path;
    EXPECT_EQ(parsed(path).request_id, 7) << path;
  }
}

TEST(ResourcePath, PlainNamesItsMetric) {
  const ResourcePath path = parsed("kp1/v1/dcx/t/plain/altitude");
  EXPECT_EQ(path.kind, ResourcePath::Kind::kPlain);
  EXPECT_EQ(path.metric, "altitude");
  EXPECT_FALSE(path.request_id.has_value());
  EXPECT_EQ(parsed("kp1/v1/dcx/t/plain/Wind_speed-2/5").metric, "Wind_speed-2");
  EXPECT_EQ(parsed("kp1/v1/dcx/t/plain/Wind_speed-2/5").request_id, 5);
  EXPECT_EQ(parsed("kp1/v1/dcx/t/plain/5/6").metric, "5");
}

TEST(ResourcePath, PlainWithoutAMetricIsNoResource) {
  expect_not_found("kp1/v1/dcx/t/plain", "resources json and plain");
  expect_not_found("kp1/v1/dcx/t/plain/47", "resources json and plain");
  expect_not_found("kp1/v1/dcx/t/plain/", "a metric is named");
  expect_not_found("kp1/v1/dcx/t/plain/a.b", "a metric is named");
  expect_not_found("kp1/v1/dcx/t/plain/" + std::string(129, 'a'), "a metric is named");
}

TEST(ResourcePath, OtherFormsAreNotFound) {
  for (const std::string_view path :
       {"", "/", "kp1", "kp1/v1/dcx/t", "/kp1/v1/dcx/t/json", "kp2/v1/dcx/t/json",
        "KP1/v1/dcx/t/json", "kp1/v1/epmx/t/get", "kp1/v1/dcx//json", "kp1//dcx/t/json",
        "kp1/v1/dcx/t/plain/a/1/2", "kp1/v1/dcx/t/plain/a/b", "kp1/v1/dcx/t/protobuf",
        "kp1/v1/dcx/t/5", "kp1/v1/dcx/t/JSON"}) {
    expect_not_found(path, "unknown path");
  }
}

TEST(ResourcePath, NamesOutsideTheirCharactersAreNotFound) {
  expect_not_found("kp1/Version/dcx/t/json", "application version is named");
  expect_not_found("kp1/" + std::string(64, 'v') + "/dcx/t/json", "application version is named");
  for (const char* token : {"a.b", "a+b", "a#b", "a b", "a\n", "\xC3\xA4"}) {
    expect_not_found(std::string("kp1/v1/dcx/") + token + "/json", "endpoint token has");
  }
  expect_not_found("kp1/v1/dcx/" + std::string(129, 't') + "/json", "endpoint token has");
  expect_not_found(std::string_view("kp1/v1/dcx/a\0b/json", 19), "endpoint token has");
  EXPECT_EQ(parsed("kp1/v1/dcx/~!@$%^&*()/json").token, "~!@$%^&*()");
}

}  // namespace
}  // namespace millrace::telemetry
