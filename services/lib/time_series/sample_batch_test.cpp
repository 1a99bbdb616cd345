// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/sample_batch.h"

#include <gtest/gtest.h>

namespace millrace::time_series {
namespace {

TEST(ShapeNames, AreReadAsTheyWereWritten) {
  std::string shape;
  append_value_name(shape, ValueType::kNumber, "auto~", "temperature");
  append_value_name(shape, ValueType::kBoolean, "", "door", "open");
  append_value_name(shape, ValueType::kString, "", "door", "text");
  const auto names = value_names(shape);
  ASSERT_EQ(names.size(), 3U);
  EXPECT_EQ(names[0].series, "auto~temperature");
  EXPECT_EQ(names[0].value, "value");
  EXPECT_EQ(names[0].type, ValueType::kNumber);
  EXPECT_EQ(names[1].series, "door");
  EXPECT_EQ(names[1].value, "open");
  EXPECT_EQ(names[1].type, ValueType::kBoolean);
  EXPECT_EQ(names[2].type, ValueType::kString);
  EXPECT_TRUE(value_names("").empty());
}

TEST(SampleBatch, KeepsTheFirstRejectionOfASample) {
  SampleBatch batch;
  batch.begin_upload({"app", "v1", "ep", "c", 1});
  batch.add_sample({}, {}, {});
  batch.reject({RejectionReason::kTooManyFields, "first"});
  batch.reject({RejectionReason::kNameTooLong, "second"});
  EXPECT_EQ(batch.rejections()[batch.samples()[0].rejection].detail, "first");
}

TEST(SampleBatch, MakesARejectionOfWhatStorageRefuses) {
  SampleBatch batch;
  std::string shape;
  append_value_name(shape, ValueType::kNumber, "", "a");
  const double number = 1;
  batch.begin_upload({"app", "v1", "ep", "c", 1});
  batch.add_sample({}, shape, {&number, 1});
  batch.refuse_storage(0, {RejectionReason::kStorageRefused, "why"});
  EXPECT_EQ(batch.samples()[0].shape, SampleBatch::kNone);
  EXPECT_EQ(batch.rejections()[batch.samples()[0].rejection].detail, "why");
}

TEST(SampleBatch, BeginsAnewAfterClear) {
  SampleBatch batch;
  std::string shape;
  append_value_name(shape, ValueType::kNumber, "", "a");
  const double number = 1;
  for (int round = 0; round < 2; ++round) {
    batch.clear();
    batch.begin_upload({"app", "v1", "ep", "c", 1});
    batch.add_sample({}, shape, {&number, 1});
    EXPECT_EQ(batch.shapes().size(), 1U);
    EXPECT_EQ(batch.samples()[0].shape, 0U);
    EXPECT_EQ(batch.numbers().size(), 1U);
  }
}

TEST(SampleBatch, KeepsNumbersAndTextsOfEachSampleInTheirOrder) {
  SampleBatch batch;
  std::string shape;
  append_value_name(shape, ValueType::kString, "", "s", "a");
  append_value_name(shape, ValueType::kNumber, "", "s", "b");
  append_value_name(shape, ValueType::kString, "", "s", "c");
  batch.begin_upload({"app", "v1", "ep", "c", 1});
  for (const double number : {1.0, 2.0}) {
    const std::vector<std::string_view> texts = {number == 1 ? "first" : "second", {}};
    batch.add_sample({}, shape, {&number, 1}, texts);
  }
  const SampleBatch::Sample& second = batch.samples()[1];
  EXPECT_EQ(batch.numbers()[second.first_number], 2);
  EXPECT_EQ(batch.texts()[second.first_text], "second");
  EXPECT_EQ(batch.texts()[second.first_text + 1].data(), nullptr);
  batch.clear();
  EXPECT_TRUE(batch.texts().empty());
}

TEST(RejectionReasons, HaveDistinctWords) {
  for (const RejectionReason reason : kRejectionReasons) {
    EXPECT_NE(word(reason), "unknown");
    EXPECT_EQ(kRejectionReasons[static_cast<std::size_t>(reason)], reason);
  }
}

TEST(SampleBatch, TakesAShapeApartIntoTheTextOfEachName) {
  std::string shape;
  append_value_name(shape, ValueType::kNumber, "auto~", "a");
  const std::string first = shape;
  append_value_name(shape, ValueType::kString, "", "s", "v");
  EXPECT_EQ(single_names(shape),
            (std::vector<std::string_view>{first, std::string_view(shape).substr(first.size())}));
  EXPECT_EQ(name_count(shape), 2U);
  EXPECT_EQ(name_count(""), 0U);
}

}  // namespace
}  // namespace millrace::time_series
