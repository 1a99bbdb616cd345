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
  static AskRetentions answer(const Ages& ages) {
    return [ages] {
      std::vector<ApplicationRetention> retentions;
      for (const auto& age : ages) {
        retentions.push_back({static_cast<std::int32_t>(retentions.size() + 1), age});
      }
      return retentions;
    };
  }
  absl::Status round(const AskRetentions& ask, Removed& removed) {
    return retention_.run(*connection_, outside_.clock.now(), ask, std::stop_token(), removed);
  }
  // A round with these ages for a and b; what it removed: "frames/partitions".
  std::string removed(const AskRetentions& ask) {
    Removed removed;
    const absl::Status status = round(ask, removed);
    EXPECT_TRUE(status.ok()) << status;
    return fmt::format("{}/{}", removed.frames, removed.partitions);
  }
  std::string removed(const Ages& ages) { return removed(answer(ages)); }
  std::vector<std::string> attached() {
    const auto weeks = attached_weeks(*connection_);
    EXPECT_TRUE(weeks.ok()) << weeks.status();
    std::vector<std::string> names;
    for (const Week week : *weeks) names.push_back(partition_name(week));
    return names;
  }

  // A partition, and waits for somebody who uses it.
  bool is_detaching() {
    return !texts(
                "SELECT 'yes' FROM pg_stat_activity WHERE query LIKE '%CONCURRENTLY'"
                " AND datname = current_database() AND wait_event_type = 'Lock'")
                .empty();
  }
  void wait_for_detach() {
    while (!is_detaching()) std::this_thread::yield();
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

TEST_F(FrameRetentionTest, WhatIsEmptyAfterwardsStaysUntilItIsOldForEverybody) {
  add(1, 60);
  EXPECT_EQ(removed({days(30), days(100)}), "1/0");
  EXPECT_THAT(attached(), ElementsAre("frame_p20260921"));
  EXPECT_EQ(removed({days(30), days(30)}), "0/1");
  EXPECT_THAT(partitions(), IsEmpty());
}

// What it keeps is not known when the week is detached.
TEST_F(FrameRetentionTest, AnApplicationThatStoresItsFirstPointsMeanwhileKeepsThem) {
  add(1, 60);
  add(1, 67);
  int asked = 0;
  const AskRetentions ask = [&] {
    if (++asked > 1) return answer({days(30), days(30), days(100)})();
    run_script(
        "INSERT INTO time_series.application (name) VALUES ('c');"
        "INSERT INTO time_series.endpoint (application_key, endpoint_id) VALUES (3, 'c1')");
    add(4, 60);
    return answer({days(30), days(30)})();
  };
  EXPECT_EQ(removed(ask), "0/1");
  EXPECT_EQ(asked, 2);
  EXPECT_THAT(left(), ElementsAre("1:60", "4:60"));
  EXPECT_THAT(attached(), ElementsAre("frame_p20260921"));
  add(4, 60 - 1);
  EXPECT_EQ(removed({days(30), days(30), days(100)}), "1/0");
  EXPECT_THAT(left(), ElementsAre("4:60", "4:59"));
}

// For whose transaction DETACH waits.
TEST_F(FrameRetentionTest, PointsThatAreBeingStoredWhileTheirWeekIsDetachedStay) {
  add(1, 60);
  run_script("DELETE FROM time_series.frame");
  const auto writer = itest_connect();
  auto writing = postgres::Transaction::begin(*writer);
  ASSERT_TRUE(writer
                  ->execute_script("INSERT INTO time_series.frame (endpoint_key, layout_key, time,"
                                   " seq) VALUES (3, 1, '2026-09-26 12:00:00+00', 1)")
                  .ok());
  const auto retention_connection = itest_connect();
  std::jthread clearing([&] {
    int asked = 0;
    Removed removed;
    const AskRetentions ask = [&] {
      return ++asked > 1 ? answer({days(30), days(100)})() : answer({days(30), days(30)})();
    };
    const absl::Status status = retention_.run(*retention_connection, outside_.clock.now(), ask,
                                               std::stop_token(), removed);
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(removed.partitions, 0);
  });
  wait_for_detach();
  ASSERT_TRUE(writing->commit().ok());
  clearing.join();
  EXPECT_THAT(left(), ElementsAre("3:60"));
}

TEST_F(FrameRetentionTest, AnAgeThatIsMadeLongerMeanwhileHolds) {
  add(1, 60);
  int asked = 0;
  const AskRetentions ask = [&] {
    return ++asked > 1 ? answer({days(100), days(30)})() : answer({days(30), days(30)})();
  };
  EXPECT_EQ(removed(ask), "0/0");
  EXPECT_THAT(left(), ElementsAre("1:60"));
}

TEST_F(FrameRetentionTest, WhatWasDetachedStaysWhenNobodyCanTellMore) {
  add(1, 60);
  int asked = 0;
  const AskRetentions ask = [&]() -> absl::StatusOr<std::vector<ApplicationRetention>> {
    if (++asked > 1) return absl::UnavailableError("gone");
    return answer({days(30), days(30)})();
  };
  Removed removed_then;
  EXPECT_TRUE(absl::IsUnavailable(round(ask, removed_then)));
  EXPECT_THAT(partitions(), ElementsAre("frame_p20260921"));
  EXPECT_EQ(removed({std::nullopt, days(30)}), "0/0");
  EXPECT_THAT(left(), ElementsAre("1:60"));
  EXPECT_EQ(removed({days(30), days(30)}), "0/1");
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
  ASSERT_TRUE(round(answer({}), removed).ok());
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
                  .run(*connection_, outside_.clock.now(), answer({days(30), days(100)}),
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
    const Week week = week_of(outside_.clock.now() - days(60));
    absl::Status dropped = detach_partition(*retention_connection, week);
    if (dropped.ok()) dropped = drop_detached(*retention_connection, week);
    EXPECT_TRUE(dropped.ok()) << dropped;
  });
  wait_for_detach();
  run_script("SET lock_timeout = '5s'");
  add(2, 3);
  add(2, 200);
  EXPECT_TRUE(is_detaching());
  ASSERT_TRUE(reading->commit().ok());
  dropping.join();
  EXPECT_THAT(left(), UnorderedElementsAre("1:3", "2:3", "2:200"));
}

TEST_F(FrameRetentionTest, GoesOnWithADropThatWasInterrupted) {
  add(1, 60);
  add(1, 67);
  add(1, 3);
  const Week pending = week_of(outside_.clock.now() - days(60));
  ASSERT_TRUE(detach_partition(*connection_, week_of(outside_.clock.now() - days(67))).ok());
  const auto reader = itest_connect();
  auto reading = postgres::Transaction::begin(*reader);
  ASSERT_TRUE(reader->execute("SELECT count(*) FROM time_series.frame").ok());
  ASSERT_TRUE(connection_->set_statement_timeout(milliseconds(200)).ok());
  EXPECT_FALSE(detach_partition(*connection_, pending).ok());
  ASSERT_TRUE(connection_->set_statement_timeout(milliseconds(0)).ok());
  // Samples of that week are refused meanwhile, and nobody else's wait for it.
  FramePartitions partitions_of_writer(*connection_, outside_.platform);
  std::vector<Frame> frames(1);
  frames[0].time = time::UnixMicros(pending);
  frames[0].week = pending;
  EXPECT_TRUE(absl::IsInvalidArgument(partitions_of_writer.make_for(frames)));
  ASSERT_TRUE(reading->commit().ok());
  EXPECT_EQ(removed({days(30), days(1000)}), "0/2");
  EXPECT_THAT(partitions(), ElementsAre("frame_p20261116"));
  EXPECT_TRUE(partitions_of_writer.make_for(frames).ok());
}

TEST_F(FrameRetentionTest, GoesOnWithOthersWhereAPartitionCannotBeDetached) {
  add(1, 60);
  add(1, 40);
  add(3, 40);
  const auto reader = itest_connect();
  auto reading = postgres::Transaction::begin(*reader);
  ASSERT_TRUE(reader->execute("SELECT count(*) FROM time_series.frame").ok());
  ASSERT_TRUE(connection_->set_statement_timeout(milliseconds(1000)).ok());
  Removed first;
  EXPECT_TRUE(absl::IsDeadlineExceeded(round(answer({days(30), days(45)}), first)));
  EXPECT_EQ(first.frames, 1);
  EXPECT_EQ(first.partitions, 0);
  ASSERT_TRUE(reading->commit().ok());
  EXPECT_EQ(removed({days(30), days(45)}), "0/1");
  EXPECT_THAT(left(), ElementsAre("3:40"));
}

TEST_F(FrameRetentionTest, AMarkThatWasLeftOnAnAttachedPartitionIsTakenAway) {
  add(1, 60);
  // As when the process is killed between COMMENT and DETACH.
  run_script(
      "COMMENT ON TABLE time_series.frame_p20260921 IS 'millrace: retention drops this table'");
  EXPECT_EQ(removed({days(100), days(100)}), "0/0");
  run_script("ALTER TABLE time_series.frame DETACH PARTITION time_series.frame_p20260921");
  EXPECT_EQ(removed({days(30), days(30)}), "0/0");
  EXPECT_THAT(partitions(), ElementsAre("frame_p20260921"));
}

TEST_F(FrameRetentionTest, WhatAnOperatorHasDetachedIsHis) {
  add(1, 60);
  run_script("ALTER TABLE time_series.frame DETACH PARTITION time_series.frame_p20260921");
  EXPECT_EQ(removed({days(30), days(30)}), "0/0");
  EXPECT_THAT(partitions(), ElementsAre("frame_p20260921"));
}

}  // namespace
}  // namespace millrace::time_series
