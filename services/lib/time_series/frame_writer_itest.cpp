// SPDX-License-Identifier: Apache-2.0
//
// Both ways of writing frames against a real table.
#include <array>
#include <deque>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "lib/time_series/frame_partitions.h"
#include "lib/time_series/frame_writer.h"
#include "lib/time_series/itest_database.h"
#include "lib/time_series/itest_outside.h"

namespace millrace::time_series {
namespace {

using enum FrameFate;
using testing::ElementsAre;

constexpr std::array<std::uint32_t, 2> kSlots = {1, 0};

class FrameWriterTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(FrameWriter::prepare(*connection_).ok());
    ASSERT_TRUE(FramePartitions(*connection_, outside_.platform).make_ahead().ok());
  }

  Frame frame(std::int32_t endpoint, int seconds, std::int64_t seq, double number = 0) {
    numbers_.push_back({number, number + 0.5});
    Frame frame;
    frame.endpoint_key = endpoint;
    frame.layout_key = 1;
    frame.time = outside_.clock.now() + std::chrono::seconds(seconds);
    frame.seq = seq;
    frame.numbers = numbers_.back().data();
    frame.slots = kSlots;
    return frame;
  }
  absl::Status write(std::vector<Frame> frames, InsertPath path) {
    std::vector<MergedFrame> merged;
    sort_and_merge(frames, merged);
    auto transaction = postgres::Transaction::begin(*connection_);
    const absl::Status written = writer_.write(frames, path, fates_);
    return written.ok() ? transaction->commit() : written;
  }
  // "seq: number,number replaced" of an endpoint's rows.
  std::vector<std::string> rows(std::int32_t endpoint) {
    const auto result = connection_->execute(
        "SELECT seq || ': ' || array_to_string(numbers, ',', 'null') ||"
        " coalesce(' ' || replaced, '') FROM time_series.frame WHERE endpoint_key = $1"
        " ORDER BY time",
        {postgres::to_param(endpoint)});
    std::vector<std::string> rows;
    for (int row = 0; row < result->rows(); ++row) rows.emplace_back(result->text(row, 0));
    return rows;
  }

  // "number,number|text,text" of an endpoint's rows, null for NULL.
  std::vector<std::string> texts_of(std::int32_t endpoint) {
    const auto result = connection_->execute(
        "SELECT coalesce(array_to_string(numbers, ',', 'null'), 'null') || '|' ||"
        " coalesce(array_to_string(texts, ',', 'null'), 'null') FROM time_series.frame"
        " WHERE endpoint_key = $1 ORDER BY time",
        {postgres::to_param(endpoint)});
    std::vector<std::string> rows;
    for (int row = 0; row < result->rows(); ++row) rows.emplace_back(result->text(row, 0));
    return rows;
  }

  std::unique_ptr<postgres::Connection> connection_ = itest_connect();
  ItestOutside outside_;
  FrameWriter writer_{*connection_};
  std::deque<std::array<double, 2>> numbers_;
  std::vector<FrameFate> fates_;
};

class FrameWriterBothWaysTest : public FrameWriterTest,
                                public testing::WithParamInterface<InsertPath> {};

TEST_P(FrameWriterBothWaysTest, StoresNumbersInTheirSlots) {
  const std::int32_t endpoint = GetParam() == InsertPath::kDirect ? 1001 : 1002;
  ASSERT_TRUE(write({frame(endpoint, 0, 10, 7), frame(endpoint, 1, 11, 8)}, GetParam()).ok());
  EXPECT_THAT(fates_, ElementsAre(kInserted, kInserted));
  EXPECT_THAT(rows(endpoint), ElementsAre("10: 7.5,7", "11: 8.5,8"));
}

TEST_P(FrameWriterBothWaysTest, StoresTheExtremesOfADouble) {
  const std::int32_t endpoint = GetParam() == InsertPath::kDirect ? 1003 : 1004;
  using Limits = std::numeric_limits<double>;
  Frame extreme = frame(endpoint, 0, 1);
  numbers_.back() = {Limits::max(), Limits::denorm_min()};
  Frame null = frame(endpoint, 1, 2);
  numbers_.back() = {postgres::null_pattern(), -0.25};
  ASSERT_TRUE(write({extreme, null}, GetParam()).ok());
  EXPECT_THAT(rows(endpoint), ElementsAre("1: 5e-324,1.7976931348623157e+308", "2: -0.25,null"));
}

TEST_P(FrameWriterBothWaysTest, StoresTextsInTheirSlots) {
  const std::int32_t endpoint = GetParam() == InsertPath::kDirect ? 1005 : 1006;
  const std::array<std::string_view, 3> texts = {"ä", std::string_view(), ""};
  constexpr std::array<std::uint32_t, 3> kTextSlots = {2, 0, 1};
  Frame both = frame(endpoint, 0, 1, 7);
  both.texts = texts.data();
  both.text_slots = kTextSlots;
  Frame only_texts = frame(endpoint, 1, 2);
  only_texts.slots = {};
  only_texts.texts = texts.data();
  only_texts.text_slots = kTextSlots;
  ASSERT_TRUE(write({both, only_texts, frame(endpoint, 2, 3, 8)}, GetParam()).ok());
  EXPECT_THAT(texts_of(endpoint), ElementsAre("7.5,7|,ä,null", "null|,ä,null", "8.5,8|null"));
}

INSTANTIATE_TEST_SUITE_P(Paths, FrameWriterBothWaysTest,
                         testing::Values(InsertPath::kDirect, InsertPath::kStaged));

TEST_F(FrameWriterTest, FailsTheStraightWayWhereARowIsThere) {
  ASSERT_TRUE(write({frame(1000, 0, 1)}, InsertPath::kDirect).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(write({frame(1000, 0, 2)}, InsertPath::kDirect)));
  EXPECT_THAT(rows(1000), ElementsAre("1: 0.5,0"));
}

TEST_F(FrameWriterTest, LetsTheHigherSeqWinAndTellsWhatBecameOfEachFrame) {
  ASSERT_TRUE(
      write({frame(1100, 0, 20), frame(1100, 1, 21), frame(1100, 2, 22)}, InsertPath::kStaged)
          .ok());
  ASSERT_TRUE(write({frame(1100, 0, 19, 9), frame(1100, 1, 21, 9), frame(1100, 2, 30, 9),
                     frame(1100, 3, 31, 9)},
                    InsertPath::kStaged)
                  .ok());
  EXPECT_THAT(fates_, ElementsAre(kLost, kRepeated, kReplaced, kInserted));
  EXPECT_THAT(rows(1100), ElementsAre("20: 0.5,0", "21: 0.5,0", "30: 9.5,9 1", "31: 9.5,9"));
}

TEST_F(FrameWriterTest, ReplacesTextsWithThoseOfTheLaterRow) {
  constexpr std::array<std::uint32_t, 1> kTextSlots = {0};
  const auto with_text = [&](std::int64_t seq, const std::string_view& text) {
    Frame one = frame(1150, 0, seq);
    one.texts = &text;
    one.text_slots = kTextSlots;
    return one;
  };
  const std::string_view first = "first";
  const std::string_view second = "second";
  const std::string_view null;
  ASSERT_TRUE(write({with_text(5, first)}, InsertPath::kStaged).ok());
  ASSERT_TRUE(write({with_text(4, second)}, InsertPath::kStaged).ok());
  EXPECT_THAT(texts_of(1150), ElementsAre("0.5,0|first"));
  ASSERT_TRUE(write({with_text(6, second)}, InsertPath::kStaged).ok());
  EXPECT_THAT(texts_of(1150), ElementsAre("0.5,0|second"));
  ASSERT_TRUE(write({with_text(7, null)}, InsertPath::kStaged).ok());
  EXPECT_THAT(texts_of(1150), ElementsAre("0.5,0|null"));
}

TEST_F(FrameWriterTest, CountsHowOftenARowWasReplaced) {
  for (std::int64_t seq = 1; seq <= 4; ++seq) {
    ASSERT_TRUE(write({frame(1200, 0, seq)}, InsertPath::kStaged).ok());
  }
  EXPECT_THAT(rows(1200), ElementsAre("4: 0.5,0 3"));
}

// Undefined behaviour is for the sanitizer to find; a million messages make a seq of 2^40.
TEST_F(FrameWriterTest, TellsFramesOfAnOldStreamApart) {
  constexpr std::int64_t kFar = std::int64_t{1} << 50;
  ASSERT_TRUE(write({frame(1250, 0, kFar), frame(1250, 1, kFar + 1)}, InsertPath::kStaged).ok());
  ASSERT_TRUE(write({frame(1250, 0, kFar), frame(1250, 1, kFar + 2)}, InsertPath::kStaged).ok());
  EXPECT_THAT(fates_, ElementsAre(kRepeated, kReplaced));
}

TEST_F(FrameWriterTest, WritesNothingForNoFrames) {
  ASSERT_TRUE(write({}, InsertPath::kDirect).ok());
  ASSERT_TRUE(write({}, InsertPath::kStaged).ok());
  EXPECT_TRUE(fates_.empty());
}

TEST_F(FrameWriterTest, LeavesNothingInTheStagingTable) {
  ASSERT_TRUE(write({frame(1300, 0, 1)}, InsertPath::kStaged).ok());
  EXPECT_EQ(connection_->execute("SELECT count(*) FROM frame_staging")->int8(0, 0), 0);
}

}  // namespace
}  // namespace millrace::time_series
