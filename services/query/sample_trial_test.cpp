// SPDX-License-Identifier: Apache-2.0
#include "query/sample_trial.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace millrace::query {
namespace {

using configuration::v1::SeriesRules;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SampleTrialTest : public testing::Test {
 protected:
  SampleTrialTest() {
    rules_.set_auto_extract(true);
    auto& series = *rules_.add_series();
    series.set_name("location");
    for (const char* name : {"latitude", "place"}) {
      auto& value = *series.add_values();
      value.set_path(std::string("location.") + name);
      value.set_name(name);
      value.set_type(configuration::v1::VALUE_TYPE_NUMBER);
    }
    series.mutable_values(1)->set_type(configuration::v1::VALUE_TYPE_STRING);
  }

  std::vector<v1::TriedSample> run(const std::string& json, std::uint32_t count = 1,
                                   const std::string& content_type = "") {
    const auto rules = extraction::CompiledRules::compile(rules_);
    EXPECT_TRUE(rules.ok()) << rules.status();
    SampleTrial trial(*rules);
    std::vector<v1::TriedSample> all;
    const auto done =
        trial.run({json, count, kNow, "station-7", content_type}, kNow, [&](const auto& tried) {
          all.push_back(tried);
          return absl::OkStatus();
        });
    EXPECT_TRUE(done.ok()) << done;
    return all;
  }
  // "series value=…" of each value.
  static std::vector<std::string> points_of(const v1::TriedSample& tried) {
    std::vector<std::string> texts;
    for (const auto& point : tried.data_points()) {
      std::string text = point.time_series_name();
      for (const auto& value : point.values()) {
        text += " " + value.name() + "=";
        if (value.has_number()) text += fmt::format("{}", value.number());
        if (value.has_string()) text += value.string();
        if (value.kind_case() == v1::NamedValue::KIND_NOT_SET) text += "null";
      }
      texts.push_back(text);
    }
    return texts;
  }

  static constexpr time::UnixMicros kNow{std::chrono::microseconds{1'790'000'000'000'000}};
  SeriesRules rules_;
};

TEST_F(SampleTrialTest, WhatIsNoJsonOfADeviceIsNotTried) {
  const char* json = R"({"a":1})";
  EXPECT_EQ(run(json, 1, "application/json").at(0).data_points_size(), 1);
  const auto tried = run(json, 1, "application/vnd.millrace.data-points+json");
  ASSERT_EQ(tried.size(), 1U);
  EXPECT_EQ(tried[0].data_points_size(), 0);
  EXPECT_EQ(tried[0].sample(), json);
  ASSERT_EQ(tried[0].rejections_size(), 1);
  EXPECT_EQ(tried[0].rejections(0).reason(), "unsupported_content_type");
  EXPECT_EQ(tried[0].rejections(0).detail(),
            "cannot be tried: it is of application/vnd.millrace.data-points+json, and rules are "
            "for application/json");
}

TEST_F(SampleTrialTest, ShowsThePointsOfEachSampleOfABatch) {
  const auto tried =
      run(R"([{"a":1,"location":{"latitude":2.5,"place":"here"}},{"location":{"place":null}}])", 2);
  ASSERT_EQ(tried.size(), 2U);
  EXPECT_THAT(points_of(tried[0]),
              testing::UnorderedElementsAre("auto~a value=1", "location latitude=2.5 place=here"));
  EXPECT_EQ(tried[0].endpoint_id(), "station-7");
  EXPECT_EQ(tried[0].timestamp().seconds(), 1'790'000'000);
  EXPECT_THAT(points_of(tried[1]), ElementsAre("location place=null"));
  EXPECT_EQ(tried[1].received_at().nanos(), 1000) << "a microsecond behind the first";
  EXPECT_EQ(tried[1].sample(), R"({"location":{"place":null}})");
}

TEST_F(SampleTrialTest, ShowsEachRejectionByItself) {
  const auto tried = run(R"({"a":1,"b":1e999,"location":{"latitude":"north","place":"here"}})");
  ASSERT_EQ(tried.size(), 1U);
  EXPECT_THAT(points_of(tried[0]), ElementsAre("auto~a value=1"));
  std::vector<std::string> rejections;
  for (const auto& one : tried[0].rejections()) {
    rejections.push_back(one.reason() + " " + one.path() + " " + one.value());
  }
  EXPECT_THAT(rejections, testing::UnorderedElementsAre("number_out_of_range b 1e999",
                                                        "wrong_type location.latitude \"north\""));
  EXPECT_TRUE(tried[0].has_timestamp());
}

TEST_F(SampleTrialTest, ASampleThatIsRejectedAsAWholeHasNoTimeAndNoPoints) {
  rules_.mutable_timestamp()->set_path("at");
  for (const char* json :
       {R"({"a":1})", R"({"a":1,"at":"yesterday"})", R"({"a":1,"at":"1970-01-01T00:00:00Z"})"}) {
    const auto tried = run(json);
    ASSERT_EQ(tried.size(), 1U);
    EXPECT_FALSE(tried[0].has_timestamp()) << json;
    EXPECT_THAT(points_of(tried[0]), ElementsAre()) << json;
    EXPECT_EQ(tried[0].rejections_size(), 1) << json;
  }
  EXPECT_EQ(run(R"({"a":1,"at":"1970-01-01T00:00:00Z"})")[0].rejections(0).reason(),
            "timestamp_out_of_range");
}

TEST_F(SampleTrialTest, TakesTheTimeThatTheSampleSays) {
  rules_.mutable_timestamp()->set_path("at");
  rules_.mutable_timestamp()->set_format(configuration::v1::TIMESTAMP_FORMAT_UNIX_EPOCH);
  const auto tried = run(R"({"a":1,"at":1789999999.5})");
  EXPECT_EQ(tried[0].timestamp().seconds(), 1'789'999'999);
  EXPECT_EQ(tried[0].timestamp().nanos(), 500'000'000);
}

TEST_F(SampleTrialTest, ASampleOfNothingGivesNothing) {
  const auto tried = run(R"([{"x":{}},5])", 2);
  ASSERT_EQ(tried.size(), 2U);
  EXPECT_EQ(tried[0].data_points_size() + tried[0].rejections_size(), 0);
  EXPECT_EQ(tried[1].data_points_size() + tried[1].rejections_size(), 0);
}

TEST_F(SampleTrialTest, AnUploadThatCannotBeTakenApartIsOneRejection) {
  const auto tried = run("{\"a\":\xff", 0);
  ASSERT_EQ(tried.size(), 1U);
  EXPECT_EQ(tried[0].rejections(0).reason(), "invalid_upload");
  EXPECT_THAT(tried[0].sample(), HasSubstr("\xEF\xBF\xBD"));
}

}  // namespace
}  // namespace millrace::query
