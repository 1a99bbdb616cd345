// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "lib/error/error.h"
#include "lib/time_series/frame_drop.h"
#include "lib/time_series/frame_partitions.h"
#include "lib/time_series/frame_retention.h"
#include "lib/time_series/itest_database.h"
#include "lib/time_series/itest_outside.h"

namespace millrace::time_series {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// Two applications, a (keys of endpoints 1 and 2) and b (3), with frames at 12:00 of days before
// the test's Wednesday, 2026-11-25.
class FrameRetentionTest : public testing::Test {
 protected:
  void SetUp() override {
    run_script(
        "TRUNCATE time_series.application RESTART IDENTITY CASCADE; TRUNCATE time_series.frame; DO "
        "$$ DECLARE t "
        "text; BEGIN"
        " FOR t IN SELECT relname FROM pg_class WHERE relnamespace = 'time_series'::regnamespace"
        " AND relname LIKE 'frame\\_p%' AND relkind = 'r'"
        " LOOP EXECUTE 'DROP TABLE time_series.' || t; END LOOP; END $$;"
        "INSERT INTO time_series.application (name) VALUES ('a'), ('b');"
        "INSERT INTO time_series.endpoint (application_key, endpoint_id)"
        " VALUES (1, 'a1'), (1, 'a2'), (2, 'b1')");
  }
  void run_script(const std::string& sql) {
    const absl::Status status = connection_->execute_script(sql);
    ASSERT_TRUE(status.ok()) << status;
  }
  void add(int endpoint, int days_ago) {
    Frame frame;
    frame.time = outside_.clock.now() - days(days_ago) + hours(12);
    std::vector<Frame> frames{frame};
    std::vector<MergedFrame> merged;
    sort_and_merge(frames, merged);
    FramePartitions partitions(*connection_, outside_.platform);
    ASSERT_TRUE(partitions.make_for(frames).ok());
    const auto added = connection_->execute(
        "INSERT INTO time_series.frame (endpoint_key, layout_key, time, seq) VALUES ($1, 1, $2, 1)",
        {postgres::to_param(std::int32_t{endpoint}), postgres::to_param(frame.time)});
    ASSERT_TRUE(added.ok()) << added.status();
  }
  std::vector<std::string> texts(const std::string& sql) {
    const auto rows = connection_->execute(sql);
    EXPECT_TRUE(rows.ok()) << rows.status();
    std::vector<std::string> texts;
    for (int row = 0; row < rows->rows(); ++row) texts.emplace_back(rows->text(row, 0));
    return texts;
  }
  // "endpoint:days ago" of each frame.
  std::vector<std::string> left() {
    return texts(
        "SELECT endpoint_key || ':' || ceil(extract(epoch FROM"
        " '2026-11-25 00:00:00+00'::timestamptz - time) / 86400) FROM time_series.frame"
        " ORDER BY endpoint_key, time");
  }
  std::vector<std::string> partitions() {
    return texts(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'time_series'::regnamespace"
        " AND relname LIKE 'frame\\_p%' AND relkind = 'r' ORDER BY 1");
  }
  using Ages = std::vector<std::optional<milliseconds>>;
  // A round with these ages for a and b; what it removed: "frames/partitions".
  std::string removed(const Ages& ages) {
    Removed removed;
    const absl::Status status =
        retention_.run(*connection_, outside_.clock.now(), {{1, ages[0]}, {2, ages[1]}},
                       std::stop_token(), removed);
    EXPECT_TRUE(status.ok()) << status;
    return fmt::format("{}/{}", removed.frames, removed.partitions);
  }

  ItestOutside outside_;
  std::unique_ptr<postgres::Connection> connection_ = itest_connect();
  int pauses_ = 0;
  FrameRetention retention_{[this](const std::stop_token& stop, milliseconds) {
                              ++pauses_;
                              return !stop.stop_requested();
                            },
                            outside_.platform};
};

TEST_F(FrameRetentionTest, DropsPartitionsThatAreOldForEverybody) {
  for (const int endpoint : {1, 2, 3}) add(endpoint, 60);
  add(1, 40);
  add(3, 3);
  EXPECT_EQ(removed({days(50), days(30)}), "0/1");
  EXPECT_THAT(left(), ElementsAre("1:40", "3:3"));
  EXPECT_THAT(partitions(), ElementsAre("frame_p20261012", "frame_p20261116"));
}

TEST_F(FrameRetentionTest, DeletesRowsWhereSomebodyKeepsLonger) {
  for (const int endpoint : {1, 2, 3}) {
    for (const int day : {40, 33, 31, 10}) add(endpoint, day);
  }
  EXPECT_EQ(removed({days(32), days(100)}), "4/0");
  EXPECT_THAT(left(), ElementsAre("1:31", "1:10", "2:31", "2:10", "3:40", "3:33", "3:31", "3:10"));
}

TEST_F(FrameRetentionTest, DeletesRowsInTheWeekThatTheBoundCuts) {
  for (const int day : {10, 9, 8}) add(1, day);  // of one week
  EXPECT_EQ(removed({days(9), days(9)}), "1/0");
  EXPECT_THAT(left(), ElementsAre("1:9", "1:8"));
}

TEST_F(FrameRetentionTest, DropsWhatIsEmptyAfterwards) {
  add(1, 60);
  EXPECT_EQ(removed({days(30), days(100)}), "1/1");
  EXPECT_THAT(partitions(), IsEmpty());
}

TEST_F(FrameRetentionTest, WhoIsUnknownKeepsEverything) {
  add(1, 60);
  add(3, 60);
  EXPECT_EQ(removed({std::nullopt, days(30)}), "1/0");
  EXPECT_THAT(left(), ElementsAre("1:60"));
  EXPECT_EQ(removed({std::nullopt, std::nullopt}), "0/0");
  EXPECT_THAT(left(), ElementsAre("1:60"));
}

TEST_F(FrameRetentionTest, WithoutApplicationsNothingIsDropped) {
  add(1, 60);
  Removed removed;
  ASSERT_TRUE(
      retention_.run(*connection_, outside_.clock.now(), {}, std::stop_token(), removed).ok());
  EXPECT_THAT(left(), ElementsAre("1:60"));
}

TEST_F(FrameRetentionTest, TakesMoreRowsThanOneTransaction) {
  add(1, 40);
  run_script(
      "INSERT INTO time_series.frame (endpoint_key, layout_key, time, seq)"
      " SELECT e, l, '2026-10-16 12:00:00+00', 1 FROM unnest(ARRAY[1, 2, 3]) e,"
      " generate_series(2, 8000) l");
  EXPECT_EQ(removed({days(30), days(100)}), "15999/0");
  EXPECT_GE(pauses_, 4);
  EXPECT_EQ(left().size(), 7999U);
}

TEST_F(FrameRetentionTest, StopsBetweenTransactionsAndGoesOnLater) {
  add(1, 40);
  run_script(
      "INSERT INTO time_series.frame (endpoint_key, layout_key, time, seq)"
      " SELECT 1, l, '2026-10-16 12:00:00+00', 1 FROM generate_series(2, 12000) l");
  add(3, 40);
  std::stop_source stop;
  FrameRetention stopped(
      [&stop](const std::stop_token&, milliseconds) {
        stop.request_stop();
        return false;
      },
      outside_.platform);
  Removed first;
  ASSERT_TRUE(stopped
                  .run(*connection_, outside_.clock.now(), {{1, days(30)}, {2, days(100)}},
                       stop.get_token(), first)
                  .ok());
  EXPECT_EQ(first.frames, 5000);
  EXPECT_EQ(removed({days(30), days(100)}), "7000/0");
}

TEST_F(FrameRetentionTest, LooksAgainOnlyWhenSomeOfTheAgeHasPassed) {
  for (const int day : {40, 10}) add(1, day);
  add(3, 40);
  removed({days(30), days(100)});
  const int after_first = pauses_;
  removed({days(30), days(100)});
  EXPECT_EQ(pauses_, after_first) << "nothing to look for";
  outside_.clock.advance(days(21));
  EXPECT_EQ(removed({days(30), days(121)}), "1/0");
}

TEST_F(FrameRetentionTest, RowsThatCameWhileTheAgeWasLongerGoToo) {
  add(3, 40);
  add(1, 40);
  EXPECT_EQ(removed({days(30), days(100)}), "1/0");
  EXPECT_EQ(removed({days(100), days(100)}), "0/0");
  add(1, 40);
  EXPECT_EQ(removed({days(30), days(100)}), "1/0");
}

TEST_F(FrameRetentionTest, OneReplicaAtATime) {
  add(1, 60);
  const auto other = itest_connect();
  ASSERT_TRUE(other
                  ->execute("SELECT pg_advisory_lock("
                            "hashtextextended('millrace retention of frame', 0))::text")
                  .ok());
  EXPECT_EQ(removed({days(30), days(30)}), "0/0");
  ASSERT_TRUE(other->execute("SELECT pg_advisory_unlock_all()::text").ok());
  EXPECT_EQ(removed({days(30), days(30)}), "0/1");
}

// While a reader holds the table, writers of other weeks go on and new partitions are made.
TEST_F(FrameRetentionTest, BlocksNobodyWhileItWaits) {
  add(1, 60);
  add(1, 3);
  const auto reader = itest_connect();
  auto reading = postgres::Transaction::begin(*reader);
  ASSERT_TRUE(reader->execute("SELECT count(*) FROM time_series.frame").ok());
  const auto retention_connection = itest_connect();
  std::jthread dropping([&] {
    const absl::Status dropped =
        drop_partition(*retention_connection, week_of(outside_.clock.now() - days(60)));
    EXPECT_TRUE(dropped.ok()) << dropped;
  });
  const auto is_waiting = [this] {
    return texts(
        "SELECT 'yes' FROM pg_stat_activity WHERE query LIKE '%CONCURRENTLY'"
        " AND datname = current_database() AND wait_event_type = 'Lock'");
  };
  while (is_waiting().empty()) std::this_thread::yield();
  run_script("SET lock_timeout = '5s'");
  add(2, 3);
  add(2, 200);
  EXPECT_THAT(is_waiting(), ElementsAre("yes"));
  ASSERT_TRUE(reading->commit().ok());
  dropping.join();
  EXPECT_THAT(left(), UnorderedElementsAre("1:3", "2:3", "2:200"));
}

TEST_F(FrameRetentionTest, GoesOnWithADropThatWasInterrupted) {
  add(1, 60);
  add(1, 67);
  add(1, 3);
  const Week pending = week_of(outside_.clock.now() - days(60));
  const Week detached = week_of(outside_.clock.now() - days(67));
  const auto reader = itest_connect();
  auto reading = postgres::Transaction::begin(*reader);
  ASSERT_TRUE(reader->execute("SELECT count(*) FROM time_series.frame").ok());
  ASSERT_TRUE(connection_->set_statement_timeout(milliseconds(200)).ok());
  EXPECT_FALSE(drop_partition(*connection_, pending).ok());
  ASSERT_TRUE(connection_->set_statement_timeout(milliseconds(0)).ok());
  // Samples of that week are refused meanwhile, and nobody else's wait for it.
  FramePartitions partitions_of_writer(*connection_, outside_.platform);
  std::vector<Frame> frames(1);
  frames[0].time = time::UnixMicros(pending);
  frames[0].week = pending;
  EXPECT_TRUE(absl::IsInvalidArgument(partitions_of_writer.make_for(frames)));
  ASSERT_TRUE(reading->commit().ok());
  run_script(
      fmt::format("COMMENT ON TABLE time_series.{0} IS 'millrace: retention drops this table';"
                  "ALTER TABLE time_series.frame DETACH PARTITION time_series.{0}",
                  partition_name(detached)));
  EXPECT_EQ(removed({days(1000), days(1000)}), "0/2");
  EXPECT_THAT(partitions(), ElementsAre("frame_p20261116"));
  EXPECT_TRUE(partitions_of_writer.make_for(frames).ok());
}

TEST_F(FrameRetentionTest, WhatAnOperatorHasDetachedIsHis) {
  add(1, 60);
  run_script("ALTER TABLE time_series.frame DETACH PARTITION time_series.frame_p20260921");
  EXPECT_EQ(removed({days(30), days(30)}), "0/0");
  EXPECT_THAT(partitions(), ElementsAre("frame_p20260921"));
}

}  // namespace
}  // namespace millrace::time_series
