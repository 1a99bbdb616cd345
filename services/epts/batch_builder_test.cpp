// SPDX-License-Identifier: Apache-2.0
#include "epts/batch_builder.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "lib/postgres/copy_buffer.h"

namespace millrace::epts {
namespace {

using time_series::RejectionReason;
using time_series::SampleBatch;

constexpr time::UnixMicros kNow{std::chrono::seconds(1'795'000'000)};

Rules rules(std::int64_t version = 3) {
  configuration::v1::SeriesRules rules;
  rules.set_version(version);
  rules.set_auto_extract(true);
  return *extraction::CompiledRules::compile(rules);
}

telemetry::v1::DataSamplesEvent event(const std::string& json, std::uint32_t samples = 1) {
  telemetry::v1::DataSamplesEvent event;
  event.set_correlation_id("c");
  event.set_receipt_time_us(time::to_unix_us(kNow));
  event.set_application_name("app");
  event.set_app_version_name("app-v1");
  event.set_endpoint_id("ep");
  event.set_data_samples(json);
  event.set_sample_count(samples);
  return event;
}

Rules configured(const std::string& text) {
  configuration::v1::SeriesRules rules;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &rules)) << text;
  return *extraction::CompiledRules::compile(rules);
}

// "auto~a.value=1 @+0": values (strings in quotes) and microseconds after kNow; a rejection as
// "!word: detail".
std::string told(const SampleBatch& batch, const SampleBatch::Sample& sample) {
  std::string text;
  if (sample.shape != SampleBatch::kNone) {
    std::size_t number = sample.first_number;
    std::size_t text_of_value = sample.first_text;
    for (const auto& name : time_series::value_names(batch.shapes()[sample.shape].names)) {
      text += fmt::format("{}.{}=", name.series, name.value);
      if (name.type == time_series::ValueType::kString) {
        const std::string_view string = batch.texts()[text_of_value++];
        text += string.data() == nullptr ? "null " : fmt::format("\"{}\" ", string);
      } else {
        const double value = batch.numbers()[number++];
        text += postgres::is_null_pattern(value) ? "null " : fmt::format("{} ", value);
      }
    }
  }
  text += fmt::format("@{:+}", (sample.time - kNow).count());
  if (sample.rejection != SampleBatch::kNone) {
    const auto& rejection = batch.rejections()[sample.rejection];
    text += fmt::format(" !{}: {}", time_series::word(rejection.reason), rejection.detail);
  }
  return text;
}

class BatchBuilderTest : public testing::Test {
 protected:
  std::string told(std::size_t sample) {
    return epts::told(builder_.batch(), builder_.batch().samples().at(sample));
  }
  void SetUp() override { builder_.begin(kNow); }

  BatchBuilder builder_{{.max_fields = 3, .max_name_bytes = 8},
                        {std::chrono::hours(1), std::chrono::minutes(1)}};
};

TEST_F(BatchBuilderTest, GivesEachSampleOfAnUploadAnInstantAndAPositionOfItsOwn) {
  const auto upload = event(R"([{"a":1},{"a":2},"x",{"b":3,"a":4}])", 4);
  builder_.add(upload, 100, rules());
  EXPECT_EQ(told(0), "auto~a.value=1 @+0");
  EXPECT_EQ(told(1), "auto~a.value=2 @+1");
  EXPECT_EQ(told(2), "auto~b.value=3 auto~a.value=4 @+3");
  EXPECT_EQ(builder_.batch().samples()[2].seq, 103);
  EXPECT_EQ(builder_.batch().uploads().back().empty_samples, 1U);
}

TEST_F(BatchBuilderTest, SharesTheShapeOfSamplesWithTheSameNames) {
  const auto upload = event(R"([{"a":1,"b":2},{"a":3,"b":4},{"b":5,"a":6},{"a":7,"b":8}])", 4);
  builder_.add(upload, 0, rules());
  const auto& samples = builder_.batch().samples();
  EXPECT_EQ(builder_.batch().shapes().size(), 2U);
  EXPECT_EQ(samples[0].shape, samples[1].shape);
  EXPECT_EQ(samples[0].shape, samples[3].shape);
  EXPECT_NE(samples[0].shape, samples[2].shape);
}

TEST_F(BatchBuilderTest, KeepsShapesOfApplicationsApart) {
  const auto one = event(R"({"a":1})");
  auto other = one;
  other.set_application_name("other");
  builder_.add(one, 0, rules());
  builder_.add(other, 1, rules());
  builder_.add(one, 2, rules());
  ASSERT_EQ(builder_.batch().shapes().size(), 2U);
  EXPECT_EQ(builder_.batch().shapes()[1].application_name, "other");
  EXPECT_EQ(builder_.batch().samples()[2].shape, builder_.batch().samples()[0].shape);
}

TEST_F(BatchBuilderTest, StoresWhatIsLeftOfASampleWithARefusedField) {
  const auto upload = event(R"({"a":1e400,"b":2,"c":-1e999})");
  builder_.add(upload, 0, rules());
  EXPECT_EQ(told(0),
            "auto~b.value=2 @+0 !number_out_of_range: cannot store a, c: the number is too large "
            "for a 64-bit floating-point number, which ends at 1.8e308");
  EXPECT_EQ(builder_.batch().samples()[0].json, R"({"a":1e400,"b":2,"c":-1e999})");
}

TEST_F(BatchBuilderTest, SaysWhatToDoAboutASampleOverABound) {
  const auto many = event(R"({"a":1,"b":2,"c":3,"d":4})");
  const auto longer = event(R"({"ninechars":1})");
  builder_.add(many, 0, rules());
  builder_.add(longer, 1, rules());
  EXPECT_EQ(told(0),
            "@+0 !too_many_fields: cannot store the sample: it gives more than 3 values "
            "(setting max-fields-per-sample of epts)");
  EXPECT_EQ(told(1),
            "@+0 !name_too_long: cannot store ninechars: a field's name may have 8 bytes at most");
}

TEST_F(BatchBuilderTest, RejectsSamplesOutsideTheAcceptanceWindow) {
  auto upload = event(R"([{"a":1},{"a":2},7])", 3);
  upload.set_receipt_time_us(time::to_unix_us(kNow + std::chrono::minutes(1)));
  builder_.add(upload, 0, rules());
  EXPECT_EQ(told(0), "auto~a.value=1 @+60000000");
  EXPECT_TRUE(told(1).starts_with("@+60000001 !timestamp_out_of_range: cannot store the sample"))
      << told(1);
  EXPECT_EQ(builder_.batch().uploads().back().empty_samples, 1U);
  upload.set_receipt_time_us(time::to_unix_us(kNow - std::chrono::minutes(61)));
  builder_.add(upload, 10, rules());
  EXPECT_NE(told(2).find("timestamp_out_of_range"), std::string::npos);
}

constexpr char kDoor[] =
    "version: 5 series { name: 'door' values { path: 'd.open' name: 'open' type: "
    "VALUE_TYPE_BOOLEAN }"
    " values { path: 'd.owner' name: 'owner' type: VALUE_TYPE_STRING }"
    " values { path: 'd.angle' name: 'angle' } }"
    " timestamp { path: 'at' format: TIMESTAMP_FORMAT_MICROS_UNIX_EPOCH }";

TEST_F(BatchBuilderTest, TakesValuesOfEveryTypeAtTheTimeOfTheSample) {
  const std::int64_t now = time::to_unix_us(kNow);
  const std::string first =
      fmt::format(R"({{"at":{},"d":{{"open":true,"owner":"eve","angle":90}}}})", now - 5);
  const std::string second =
      fmt::format(R"({{"at":"{}","d":{{"angle":null,"owner":null,"open":null}}}})", now + 7);
  const auto upload = event("[" + first + "," + second + "]", 2);
  builder_.add(upload, 0, configured(kDoor));
  EXPECT_EQ(told(0), "door.open=1 door.owner=\"eve\" door.angle=90 @-5");
  EXPECT_EQ(told(1), "door.open=null door.owner=null door.angle=null @+7");
  EXPECT_EQ(builder_.batch().samples()[0].shape, builder_.batch().samples()[1].shape);
  EXPECT_EQ((builder_.batch().samples()[0].received_at - kNow).count(), 0);
}

TEST_F(BatchBuilderTest, KeepsStringsOfAllItsUploads) {
  std::vector<telemetry::v1::DataSamplesEvent> uploads;
  for (const char* owner : {"one", "two", "three"}) {
    uploads.push_back(
        event(fmt::format(R"({{"d":{{"owner":"{}\n"}},"at":{}}})", owner, time::to_unix_us(kNow))));
  }
  const Rules rules = configured(kDoor);
  for (const auto& upload : uploads) builder_.add(upload, 0, rules);
  EXPECT_EQ(told(0), "door.owner=\"one\n\" @+0");
  EXPECT_EQ(told(1), "door.owner=\"two\n\" @+0");
  EXPECT_EQ(told(2), "door.owner=\"three\n\" @+0");
}

TEST_F(BatchBuilderTest, RejectsASampleByItsOwnTime) {
  const auto upload = event(
      R"([{"at":5,"d":{"angle":1}},{"at":"soon","d":{"angle":1}},{"d":{"angle":1}},{"at":5}])", 4);
  builder_.add(upload, 0, configured(kDoor));
  const auto& rejections = builder_.batch().rejections();
  ASSERT_EQ(rejections.size(), 3U);
  EXPECT_EQ(rejections[0].reason, RejectionReason::kTimestampOutOfRange);
  EXPECT_EQ(rejections[0].path, "at");
  EXPECT_EQ(rejections[0].value, "5");
  EXPECT_EQ(rejections[1].reason, RejectionReason::kTimestampInvalid);
  EXPECT_EQ(rejections[1].value, "\"soon\"");
  EXPECT_EQ(rejections[2].reason, RejectionReason::kTimestampMissing);
  EXPECT_EQ(builder_.batch().uploads().back().empty_samples, 1U);
  for (const auto& sample : builder_.batch().samples()) {
    EXPECT_EQ(sample.shape, SampleBatch::kNone);
    EXPECT_FALSE(sample.json.empty());
  }
}

TEST_F(BatchBuilderTest, SaysWhereAValueOfAnotherTypeWas) {
  const auto upload = event(R"({"a":1,"b":"x"})");
  builder_.add(upload, 0,
               configured("auto_extract: true series { name: 's' values { path: 'b' } }"));
  EXPECT_TRUE(told(0).starts_with("auto~a.value=1 @+0 !wrong_type: cannot store b")) << told(0);
  EXPECT_EQ(builder_.batch().rejections()[0].path, "b");
  EXPECT_EQ(builder_.batch().rejections()[0].value, "\"x\"");
}

TEST_F(BatchBuilderTest, SurvivesForgedReceiptTimes) {
  auto upload = event(R"([{"a":1},{"a":2}])", 2);
  for (const std::int64_t time :
       {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    builder_.begin(kNow);
    upload.set_receipt_time_us(time);
    builder_.add(upload, 0, rules());
    EXPECT_EQ(builder_.batch().rejections().size(), 2U);
  }
}

TEST_F(BatchBuilderTest, RejectsAnUploadOfAnotherContentType) {
  auto upload = event(R"([{"a":1},{"a":2}])", 2);
  upload.set_content_type("application/cbor");
  builder_.add(upload, 0, rules());
  EXPECT_EQ(told(0),
            "@+0 !unsupported_content_type: cannot extract: only application/json is understood");
  EXPECT_EQ(builder_.batch().samples()[0].weight, 2U);
}

TEST_F(BatchBuilderTest, KeepsTheTraceOfAnUpload) {
  auto traced = event(R"({"a":1})");
  traced.set_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  const auto untraced = event(R"({"a":1})");
  builder_.add(traced, 0, rules());
  builder_.add(untraced, 1, rules());
  EXPECT_EQ(builder_.batch().uploads()[0].traceparent, traced.traceparent());
  EXPECT_EQ(builder_.batch().uploads()[1].traceparent, "");
}

TEST_F(BatchBuilderTest, RemembersTheVersionOfTheRules) {
  const auto upload = event(R"({"a":1})");
  builder_.add(upload, 0, rules(42));
  EXPECT_EQ(builder_.batch().uploads()[0].rules_version, 42);
}

TEST_F(BatchBuilderTest, AReplayedUploadKeepsItsPositionAndItsRow) {
  auto upload = event(R"([{"a":1},{"x":"nothing to take"},{"a":2}])", 3);
  upload.set_replayed_seq(7);
  builder_.add(upload, 100, rules());
  ASSERT_TRUE(builder_.batch().uploads()[0].replayed.has_value());
  EXPECT_EQ(builder_.batch().uploads()[0].replayed->seq, 7);
  EXPECT_EQ(builder_.batch().uploads()[0].replayed->received_at, kNow);
  EXPECT_EQ(builder_.batch().samples()[1].seq, 9);
  EXPECT_EQ(builder_.batch().uploads().back().empty_samples, 0U);
  EXPECT_EQ(builder_.empty_replays(), 1U);
}

TEST_F(BatchBuilderTest, RejectsWhatTheApplicationWouldNotKeep) {
  BatchBuilder builder({}, {std::chrono::days(100), std::chrono::minutes(1)}, std::chrono::days(9));
  configuration::v1::SeriesRules kept;
  kept.set_auto_extract(true);
  kept.set_retention_seconds(86'400);
  const Rules short_lived = *extraction::CompiledRules::compile(kept);
  kept.set_retention_seconds(200 * 86'400);
  const Rules long_lived = *extraction::CompiledRules::compile(kept);
  auto upload = event(R"({"a":1})");
  const auto is_stored = [&](const Rules& rules, int days_ago) {
    upload.set_receipt_time_us(time::to_unix_us(kNow - std::chrono::days(days_ago)));
    builder.begin(kNow);
    builder.add(upload, 0, rules);
    return builder.batch().samples()[0].rejection == SampleBatch::kNone;
  };
  EXPECT_TRUE(is_stored(short_lived, 1));
  EXPECT_FALSE(is_stored(short_lived, 2));
  EXPECT_TRUE(is_stored(rules(), 9)) << "that of the deployment";
  EXPECT_FALSE(is_stored(rules(), 10));
  EXPECT_TRUE(is_stored(long_lived, 100));
  EXPECT_FALSE(is_stored(long_lived, 101)) << "accept-past bounds it all the same";
}

}  // namespace
}  // namespace millrace::epts
