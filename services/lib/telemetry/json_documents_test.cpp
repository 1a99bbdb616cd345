// SPDX-License-Identifier: Apache-2.0
//
// The table of docs/json.md: each document of testdata/json_documents.json has the outcome that
// stands there. tests/service sends the same ones over HTTP and MQTT.
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include "lib/error/error.h"
#include "lib/telemetry/sample_json.h"

namespace millrace::telemetry {
namespace {

constexpr int kTooLarge = 413;

// What the row gives as text, as hexadecimal bytes, or as texts with how often each is repeated.
std::string body_of(const rapidjson::Value& row) {
  std::string body;
  if (row.HasMember("body")) return {row["body"].GetString(), row["body"].GetStringLength()};
  if (row.HasMember("hex")) {
    const std::string digits = row["hex"].GetString();
    for (std::size_t at = 0; at < digits.size(); at += 2) {
      body += static_cast<char>(std::stoi(digits.substr(at, 2), nullptr, 16));
    }
    return body;
  }
  for (const rapidjson::Value& part : row["parts"].GetArray()) {
    for (unsigned i = 0; i < part[1].GetUint(); ++i) body += part[0].GetString();
  }
  return body;
}

std::string whole_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(JsonDocuments, HaveTheOutcomesOfTheTable) {
  rapidjson::Document table;
  table.Parse(whole_file(MILLRACE_JSON_DOCUMENTS).c_str());
  ASSERT_FALSE(table.HasParseError()) << MILLRACE_JSON_DOCUMENTS;
  ASSERT_GT(table.Size(), 100U);
  for (const rapidjson::Value& row : table.GetArray()) {
    const std::string body = body_of(row);
    const std::string start = body.substr(0, 60);
    const auto checked = check_upload(body, SampleLimits{});
    if (row.HasMember("samples")) {
      ASSERT_TRUE(checked.ok()) << start << ": " << checked.status();
      EXPECT_EQ(checked->sample_count, row["samples"].GetUint()) << start;
      continue;
    }
    ASSERT_FALSE(checked.ok()) << start;
    const bool too_many = row["status"].GetInt() == kTooLarge;
    EXPECT_EQ(checked.status().code(),
              too_many ? absl::StatusCode::kResourceExhausted : absl::StatusCode::kInvalidArgument)
        << start;
    if (!row.HasMember("reason")) continue;
    EXPECT_NE(error::message(checked.status()).find(row["reason"].GetString()), std::string::npos)
        << start << ": " << checked.status();
  }
}

}  // namespace
}  // namespace millrace::telemetry
