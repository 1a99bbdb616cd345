// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "lib/time_series/itest_database.h"
#include "lib/time_series/rejected_sample_writer.h"
#include "lib/time_series/series_catalogue.h"

namespace millrace::time_series {
namespace {

using testing::UnorderedElementsAre;

class RejectedSampleWriterTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(RejectedSampleWriter::prepare(*connection_).ok());
    SeriesCatalogue series(*connection_, 10);
    application_key_ = (*series.application("rw"))->key;
  }
  RejectedRow row(std::int64_t seq) {
    SampleBatch::Sample sample;
    sample.seq = seq;
    sample.received_at = time::from_unix_us(1'795'000'000'000'000 + seq);
    sample.json = json_;
    samples_.push_back(sample);
    return {application_key_,
            &upload_,
            nullptr,
            {RejectionReason::kNumberOutOfRange, "cannot store a"},
            true};
  }
  absl::StatusOr<std::unordered_set<std::int64_t>> write(std::vector<RejectedRow> rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i].sample = &samples_[samples_.size() - rows.size() + i];
    }
    auto transaction = postgres::Transaction::begin(*connection_);
    auto written = writer_.write(rows);
    EXPECT_TRUE(written.ok() && transaction->commit().ok());
    return written;
  }

  std::unique_ptr<postgres::Connection> connection_ = itest_connect();
  RejectedSampleWriter writer_{*connection_, 8};
  std::int32_t application_key_ = 0;
  std::string json_ = "{\"a\":1}";
  SampleBatch::Upload upload_{"rw", "rw-v1", "ep", "corr", 4};
  std::vector<SampleBatch::Sample> samples_;
};

TEST_F(RejectedSampleWriterTest, TakesATextThatIsMadeOnlyNow) {
  class Texts final : public SampleBatch::LateTexts {
    std::string text(const SampleBatch::Sample& sample) const override {
      return "late " + std::to_string(sample.seq);
    }
  };
  const Texts texts;
  upload_.late_texts = &texts;
  ASSERT_TRUE(write({row(700), row(7000)}).ok());
  const auto stored = connection_->execute(
      "SELECT convert_from(sample, 'UTF8') || ' ' || sample_cut FROM time_series.rejected_sample"
      " WHERE seq IN (700, 7000) AND application_key = $1 ORDER BY seq",
      {postgres::to_param(application_key_)});
  ASSERT_TRUE(stored.ok()) << stored.status();
  ASSERT_EQ(stored->rows(), 2);
  EXPECT_EQ(stored->text(0, 0), "late 700 false");
  EXPECT_EQ(stored->text(1, 0), "late 700 true");
}

TEST_F(RejectedSampleWriterTest, StoresWhatIsKnownOfASample) {
  ASSERT_TRUE(write({row(1)}).ok());
  const auto stored = connection_->execute(
      "SELECT endpoint_id, app_version_name, reason, detail, convert_from(sample, 'UTF8'),"
      " correlation_id, partly_stored, sample_cut, rules_version, received_at"
      " FROM time_series.rejected_sample WHERE seq = 1 AND application_key = $1",
      {postgres::to_param(application_key_)});
  ASSERT_TRUE(stored.ok()) << stored.status();
  ASSERT_EQ(stored->rows(), 1);
  EXPECT_EQ(stored->text(0, 0), "ep");
  EXPECT_EQ(stored->text(0, 1), "rw-v1");
  EXPECT_EQ(stored->text(0, 2), "number_out_of_range");
  EXPECT_EQ(stored->text(0, 3), "cannot store a");
  EXPECT_EQ(stored->text(0, 4), "{\"a\":1}");
  EXPECT_EQ(stored->text(0, 5), "corr");
  EXPECT_TRUE(stored->boolean(0, 6));
  EXPECT_FALSE(stored->boolean(0, 7));
  EXPECT_EQ(stored->int8(0, 8), 4);
  EXPECT_EQ(time::to_unix_us(stored->timestamp(0, 9)), 1'795'000'000'000'001);
}

TEST_F(RejectedSampleWriterTest, TellsWhichOnesAreNew) {
  EXPECT_THAT(*write({row(10), row(11)}), UnorderedElementsAre(10, 11));
  EXPECT_THAT(*write({row(11), row(12), row(10)}), UnorderedElementsAre(12));
}

TEST_F(RejectedSampleWriterTest, CutsLongSamples) {
  json_ = "{\"a\":1e999}";
  ASSERT_TRUE(write({row(20)}).ok());
  const auto stored = connection_->execute(
      "SELECT convert_from(sample, 'UTF8'), sample_cut FROM time_series.rejected_sample"
      " WHERE seq = 20 AND application_key = $1",
      {postgres::to_param(application_key_)});
  EXPECT_EQ(stored->text(0, 0), "{\"a\":1e9");
  EXPECT_TRUE(stored->boolean(0, 1));
}

TEST_F(RejectedSampleWriterTest, TakesAnyBytesAndAnyReceiptTime) {
  json_ = std::string("\0\xFF{\"", 4);
  std::vector<RejectedRow> rows = {row(30), row(31)};
  samples_[0].received_at = time::UnixMicros::max();
  samples_[1].received_at = time::UnixMicros::min();
  EXPECT_THAT(*write(rows), UnorderedElementsAre(30, 31));
}

}  // namespace
}  // namespace millrace::time_series
