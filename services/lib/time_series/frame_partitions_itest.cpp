// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "lib/error/error.h"
#include "lib/time_series/frame_partitions.h"
#include "lib/time_series/itest_database.h"
#include "lib/time_series/itest_outside.h"

namespace millrace::time_series {
namespace {

using testing::IsSupersetOf;
using namespace std::chrono_literals;

std::vector<std::string> partitions(postgres::Connection& connection) {
  const auto rows = connection.execute(
      "SELECT c.relname || ' ' || pg_get_expr(c.relpartbound, c.oid) FROM pg_class c"
      " JOIN pg_inherits ON inhrelid = c.oid WHERE inhparent = 'time_series.frame'::regclass");
  std::vector<std::string> names;
  for (int row = 0; row < rows->rows(); ++row) names.emplace_back(rows->text(row, 0));
  return names;
}

std::vector<Frame> frames_at(const std::vector<std::chrono::sys_days>& days) {
  std::vector<Frame> frames;
  for (const std::chrono::sys_days day : days) {
    Frame frame;
    frame.time = time::UnixMicros(day);
    frames.push_back(frame);
  }
  std::vector<MergedFrame> merged;
  sort_and_merge(frames, merged);
  return frames;
}

class FramePartitionsTest : public testing::Test {
 protected:
  std::unique_ptr<postgres::Connection> connection_ = itest_connect();
  ItestOutside outside_;
};

TEST_F(FramePartitionsTest, MakesThisWeekAndTheNextAhead) {
  FramePartitions keeper(*connection_, outside_.platform);
  ASSERT_TRUE(keeper.make_ahead().ok());
  EXPECT_THAT(partitions(*connection_),
              IsSupersetOf({"frame_p20261123 FOR VALUES FROM ('2026-11-23 00:00:00+00')"
                            " TO ('2026-11-30 00:00:00+00')",
                            "frame_p20261130 FOR VALUES FROM ('2026-11-30 00:00:00+00')"
                            " TO ('2026-12-07 00:00:00+00')"}));
  outside_.clock.advance(std::chrono::days(7));
  ASSERT_TRUE(keeper.make_ahead().ok());
  EXPECT_THAT(partitions(*connection_),
              IsSupersetOf({"frame_p20261207 FOR VALUES FROM ('2026-12-07 00:00:00+00')"
                            " TO ('2026-12-14 00:00:00+00')"}));
}

TEST_F(FramePartitionsTest, MakesWhatABatchNeeds) {
  FramePartitions keeper(*connection_, outside_.platform);
  ASSERT_TRUE(keeper.make_for(frames_at({2020y / 2 / 29, 2016y / 12 / 31, 2020y / 2 / 28})).ok());
  EXPECT_THAT(partitions(*connection_),
              IsSupersetOf({"frame_p20200224 FOR VALUES FROM ('2020-02-24 00:00:00+00')"
                            " TO ('2020-03-02 00:00:00+00')",
                            "frame_p20161226 FOR VALUES FROM ('2016-12-26 00:00:00+00')"
                            " TO ('2017-01-02 00:00:00+00')"}));
}

TEST_F(FramePartitionsTest, GivesPartitionsThePrimaryKey) {
  FramePartitions keeper(*connection_, outside_.platform);
  ASSERT_TRUE(keeper.make_for(frames_at({2021y / 5 / 5})).ok());
  const auto keys = connection_->execute(
      "SELECT count(*) FROM pg_constraint WHERE contype = 'p' AND conparentid <> 0"
      " AND conrelid = 'time_series.frame_p20210503'::regclass");
  EXPECT_EQ(keys->int8(0, 0), 1);
}

TEST_F(FramePartitionsTest, ReplicasMayMakeTheSameOnesWhileOthersWrite) {
  std::atomic<bool> done{false};
  std::atomic<int> failures{0};
  FramePartitions keeper(*connection_, outside_.platform);
  ASSERT_TRUE(keeper.make_for(frames_at({2019y / 1 / 1})).ok());
  std::jthread writer([&done, &failures] {
    const auto connection = itest_connect();
    for (int i = 0; !done; ++i) {
      const auto inserted = connection->execute(
          "INSERT INTO time_series.frame (endpoint_key, layout_key, time, seq) VALUES"
          " (1, 1, '2019-01-01 00:00:00+00', $1) ON CONFLICT DO NOTHING",
          {postgres::to_param(std::int64_t{i})});
      if (!inserted.ok()) ++failures;
    }
  });
  {
    std::vector<std::jthread> replicas;
    for (int replica = 0; replica < 3; ++replica) {
      replicas.emplace_back([this, &failures] {
        const auto connection = itest_connect();
        FramePartitions mine(*connection, outside_.platform);
        for (int week = 0; week < 20; ++week) {
          const auto day = std::chrono::sys_days(2018y / 1 / 1) + std::chrono::weeks(week);
          const absl::Status made = mine.make_for(frames_at({day}));
          if (!made.ok()) ++failures;
        }
      });
    }
  }
  done = true;
  EXPECT_EQ(failures, 0);
}

TEST_F(FramePartitionsTest, MakesAPartitionAgainThatSomebodyDropped) {
  FramePartitions keeper(*connection_, outside_.platform);
  const auto frames = frames_at({2022y / 6 / 15});
  ASSERT_TRUE(keeper.make_for(frames).ok());
  ASSERT_TRUE(connection_->execute_script("DROP TABLE time_series.frame_p20220613").ok());
  keeper.forget();
  ASSERT_TRUE(keeper.make_for(frames).ok());
  EXPECT_THAT(partitions(*connection_), testing::Contains(testing::StartsWith("frame_p20220613 ")));
}

// All samples would be refused, and lost: writers wait until an operator mends it.
TEST_F(FramePartitionsTest, ThePartitionOfThisWeekIsNoFaultOfSamples) {
  ASSERT_TRUE(connection_->execute_script("CREATE TABLE time_series.frame_p20301223 ()").ok());
  outside_.clock.advance(time::UnixMicros(std::chrono::sys_days(2030y / 12 / 25)) -
                         outside_.clock.now());
  FramePartitions keeper(*connection_, outside_.platform);
  const absl::Status made = keeper.make_ahead();
  EXPECT_EQ(made.code(), absl::StatusCode::kInternal) << made;
  ASSERT_TRUE(connection_->execute_script("DROP TABLE time_series.frame_p20301223").ok());
}

TEST_F(FramePartitionsTest, SaysWhichPartitionIsInTheWay) {
  ASSERT_TRUE(connection_->execute_script("CREATE TABLE time_series.frame_p20230102 ()").ok());
  FramePartitions keeper(*connection_, outside_.platform);
  const absl::Status made = keeper.make_for(frames_at({2023y / 1 / 2}));
  EXPECT_THAT(error::message(made),
              testing::StartsWith("cannot make partition time_series.frame_p20230102: "));
  EXPECT_TRUE(absl::IsInvalidArgument(made)) << "the samples of that week alone are refused";
  ASSERT_TRUE(connection_->execute_script("DROP TABLE time_series.frame_p20230102").ok());
}

}  // namespace
}  // namespace millrace::time_series
