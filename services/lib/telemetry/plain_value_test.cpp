// SPDX-License-Identifier: Apache-2.0
#include "lib/telemetry/plain_value.h"

#include <gtest/gtest.h>

#include "lib/error/error.h"
#include "lib/telemetry/sample_json.h"

namespace millrace::telemetry {
namespace {

void expect_json(std::string_view body, const std::string& json) {
  const auto converted = plain_value_to_json("altitude", body);
  ASSERT_TRUE(converted.ok()) << body << ": " << converted.status();
  EXPECT_EQ(*converted, json);
  EXPECT_EQ(check_upload(*converted, SampleLimits{}).value().sample_count, 1U);
}

void expect_refused(std::string_view body, const std::string& why) {
  const auto converted = plain_value_to_json("altitude", body);
  ASSERT_FALSE(converted.ok()) << body << ": " << *converted;
  EXPECT_EQ(converted.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(error::message(converted.status()).find(why), std::string::npos) << converted.status();
}

TEST(PlainValue, ANumberGetsTheUnitNumber) {
  expect_json("2061", R"({"altitude-value":2061,"altitude-unit":"number"})");
  expect_json("-0.5", R"({"altitude-value":-0.5,"altitude-unit":"number"})");
  expect_json("1e3", R"({"altitude-value":1e3,"altitude-unit":"number"})");
  expect_json("1e400", R"({"altitude-value":1e400,"altitude-unit":"number"})");
}

TEST(PlainValue, WhatFollowsTheNumberIsItsUnit) {
  expect_json("47%", R"({"altitude-value":47,"altitude-unit":"%"})");
  expect_json("2061m", R"({"altitude-value":2061,"altitude-unit":"m"})");
  expect_json("5e", R"({"altitude-value":5,"altitude-unit":"e"})");
  expect_json("21.5\xC2\xB0\x43", "{\"altitude-value\":21.5,\"altitude-unit\":\"\xC2\xB0\x43\"}");
  expect_json("3m/s 2", R"({"altitude-value":3,"altitude-unit":"m/s 2"})");
  expect_json("3\"", R"({"altitude-value":3,"altitude-unit":"\""})");
}

TEST(PlainValue, BlanksAroundTheBodyAreSkipped) {
  expect_json(" 47%\r\n", R"({"altitude-value":47,"altitude-unit":"%"})");
}

TEST(PlainValue, ABodyWithoutANumberIsRefused) {
  expect_refused("", "does not begin with a number");
  expect_refused("  ", "does not begin with a number");
  expect_refused("%", "does not begin with a number");
  expect_refused("NaN", "does not begin with a number");
  expect_refused("+5", "does not begin with a number");
  expect_refused(".5", "does not begin with a number");
  expect_refused("\"47\"", "does not begin with a number");
}

TEST(PlainValue, WhatCouldBeMisreadIsRefused) {
  expect_refused("1,5", "must be a unit");
  expect_refused("0047", "must be a unit");
  expect_refused("1.2.3", "must be a unit");
  expect_refused("5.", "must be a unit");
  expect_refused("5-3", "must be a unit");
  expect_refused("47 %", "must be a unit");
}

TEST(PlainValue, AUnitThatIsNoTextIsRefused) {
  expect_refused("1" + std::string(33, 'm'), "must be a unit");
  expect_refused(std::string_view("1m\0", 3), "must be a unit");
  expect_refused("1\xB0", "not UTF-8");
  expect_refused("1?1\xEF", "not UTF-8");
  expect_refused("1\xF0\x9F", "not UTF-8");
  expect_refused("1\xED\xA0\x80", "not UTF-8");
}

}  // namespace
}  // namespace millrace::telemetry
