// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "lib/time_series/frame_retention.h"
#include "lib/time_series/rollup_fixture.h"
#include "lib/time_series/rollup_marks.h"
#include "lib/time_series/rollup_worker.h"

namespace millrace::time_series {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::weeks;

class RollupWorkerTest : public RollupTest {
 protected:
  // Ten hours of Monday, sealed and built.
  void build_ten_hours() {
    add_line("ep", kMonday, kTen);
    write();
    work(when_sealed(kTen));
    ASSERT_EQ(covered_of_ten(), 40);
  }
  std::int64_t covered_of_ten() { return covered("ep", "a", range(kMonday, kTen)); }
  void expect_exact(TimeRange where = {kMonday, kMonday + days(2)}) {
    EXPECT_EQ(with_rollups("ep", "a", where), without_rollups("ep", "a", where));
  }
  void add_one(time::UnixMicros time, double number, std::int64_t seq = 0) {
    add("ep", time, {{"a", ValueType::kNumber, number}}, seq);
  }
  std::int64_t marks() { return count("time_series.rollup_mark"); }
  std::int64_t rollups() { return count("time_series.rollup"); }
  // As a program that knows nothing of marks.
  void run_unmarked(const std::string& sql) { run(*itest_connect(), sql); }

  static constexpr Hour kTen = kMonday + hours(10);
};

TEST_F(RollupWorkerTest, BuildsTheHoursBeforeTheSeal) {
  add_line("ep", kMonday, kTen + hours(1));
  write();
  const RollupRound round = work(when_sealed(kTen) + minutes(59));
  EXPECT_EQ(round.built.hours, 10);
  EXPECT_EQ(round.built.frames, 3600);
  EXPECT_EQ(covered("ep", "a", range(kMonday, kMonday + days(1))), 40);
  expect_exact();
  EXPECT_EQ(work(when_sealed(kTen) + hours(1)).built.hours, 1);
  EXPECT_EQ(covered("ep", "a", range(kMonday, kMonday + days(1))), 44);
  EXPECT_EQ(work(when_sealed(kTen) + hours(1)).built.frames, 0);
}

TEST_F(RollupWorkerTest, EndpointsWithFewFramesCostNothing) {
  add_line("ep", kMonday, kTen, minutes(1));
  write();
  EXPECT_EQ(work(when_sealed(kTen)).built.hours, 0);
  EXPECT_EQ(rollups(), 0);
  expect_exact();
}

TEST_F(RollupWorkerTest, OldWeeksAreBuiltToo) {
  for (int week = 0; week < 3; ++week) {
    add_line("ep", kMonday - weeks(week) + hours(166), kMonday - weeks(week) + hours(168));
  }
  write();
  const RollupRound round = work(when_sealed(kMonday + weeks(1)));
  EXPECT_EQ(round.built.hours, 6);
  EXPECT_EQ(covered("ep", "a", {kMonday - weeks(2), kMonday + weeks(1)}), 24);
  expect_exact({kMonday - weeks(2), kMonday + weeks(1)});
}

TEST_F(RollupWorkerTest, ALateSampleCountsAtOnceAndItsHourIsBuiltAgain) {
  build_ten_hours();
  add_one(kMonday + minutes(150), 1e6);
  write();
  EXPECT_EQ(marks(), 1);
  EXPECT_EQ(covered_of_ten(), 36);
  expect_exact();
  EXPECT_EQ(work(when_sealed(kTen)).built.hours, 1);
  EXPECT_EQ(covered_of_ten(), 40);
  EXPECT_EQ(marks(), 0);
  expect_exact();
}

TEST_F(RollupWorkerTest, ACorrectionCountsAtOnceAndARepetitionCostsNothing) {
  build_ten_hours();
  add_one(kMonday, -1, 1'000'000);
  write();
  EXPECT_EQ(covered_of_ten(), 36);
  expect_exact();
  work(when_sealed(kTen));
  expect_exact();
  add_one(kMonday, -1, 1'000'000);  // a redelivery
  write();
  add_one(kMonday, -2, 5);  // lost to a later one
  write();
  EXPECT_EQ(marks(), 0);
  EXPECT_EQ(covered_of_ten(), 40);
  expect_exact();
}

TEST_F(RollupWorkerTest, SamplesAfterTheSealNeedNoMark) {
  build_ten_hours();
  add_one(kTen + minutes(5), 7);
  add_one(kTen, 7);
  write();
  EXPECT_EQ(marks(), 0);
  expect_exact();
}

TEST_F(RollupWorkerTest, TheSealWaitsForWhoeverSawTheOldOne) {
  add_line("ep", kMonday, kTen);
  write();
  const auto writer = itest_connect();
  run(*writer, "BEGIN");
  const auto seal = begin_marking(*writer);
  ASSERT_TRUE(seal.ok()) << seal.status();
  EXPECT_EQ(*seal, std::nullopt);
  EXPECT_EQ(work(when_sealed(kTen)).built.hours, 0);
  EXPECT_EQ(covered_of_ten(), 0);
  // No mark is due for what it writes.
  run(*writer,
      "INSERT INTO time_series.frame SELECT endpoint_key, layout_key, time + interval '1 s', 1,"
      " '{1000}' FROM time_series.frame; COMMIT");
  outside_.clock.advance(seconds(29));
  EXPECT_EQ(work(when_sealed(kTen)).built.hours, 0) << "tries again after half a minute";
  outside_.clock.advance(seconds(1));
  EXPECT_EQ(work(when_sealed(kTen)).built.hours, 10);
  expect_exact();
}

TEST_F(RollupWorkerTest, WhatIsWrittenWhileMarksAreTakenIsBuiltLater) {
  build_ten_hours();
  const auto writer = itest_connect();
  run(*writer,
      "BEGIN; SELECT time_series.begin_marking();"
      "INSERT INTO time_series.frame SELECT endpoint_key, layout_key, time + interval '1 s', 1,"
      " '{1000}' FROM time_series.frame ORDER BY time LIMIT 1;"
      "INSERT INTO time_series.rollup_mark SELECT endpoint_key, extract(epoch FROM min(time))::int"
      " / 3600, extract(epoch FROM min(time))::int / 3600 FROM time_series.frame GROUP BY 1");
  add_one(kMonday + minutes(1) + seconds(1), 5);  // the same hour
  write();
  EXPECT_EQ(work(when_sealed(kTen)).built.hours, 1);
  EXPECT_EQ(covered_of_ten(), 40);
  expect_exact();
  run(*writer, "COMMIT");
  EXPECT_EQ(covered_of_ten(), 36);
  expect_exact();
  work(when_sealed(kTen));
  EXPECT_EQ(covered_of_ten(), 40);
  expect_exact();
}

TEST_F(RollupWorkerTest, WhoeverChangesFramesWithoutMarksVoidsThemAll) {
  for (const char* change :
       {"UPDATE time_series.frame SET numbers = '{9}'",
        "UPDATE time_series.frame_p20261123 SET numbers = '{8}'",
        "DELETE FROM time_series.frame_p20261123 WHERE time < '2026-11-23 05:00Z'",
        "INSERT INTO time_series.frame SELECT endpoint_key, layout_key, time + interval '1 s', 1,"
        " numbers FROM time_series.frame",
        "BEGIN ISOLATION LEVEL REPEATABLE READ; UPDATE time_series.frame SET numbers = '{7}';"
        " COMMIT",
        "TRUNCATE time_series.frame"}) {
    SCOPED_TRACE(change);
    run(kForget);
    session_ = open();
    worker_.emplace(RollupOptions(), no_pause(), outside_.platform);
    build_ten_hours();
    run_unmarked(change);
    EXPECT_EQ(covered_of_ten(), 0);
    expect_exact();
    work(when_sealed(kTen));
    EXPECT_EQ(rollups(), 0);
    EXPECT_EQ(marks(), 0);
    // Nobody has to mark while nothing is sealed, and it is not sealed again at once.
    run_unmarked("UPDATE time_series.frame SET seq = seq + 1");
    EXPECT_EQ(marks(), 0);
    EXPECT_EQ(work(when_sealed(kTen) + minutes(9)).built.hours, 0);
    work(when_sealed(kTen) + kVoidPause);
    EXPECT_EQ(rollups() > 0, count("time_series.frame") > 0);
    expect_exact();
  }
}

TEST_F(RollupWorkerTest, RetentionMarksWhatItDeletes) {
  build_ten_hours();
  FrameRetention retention(no_pause(), outside_.platform);
  Removed removed;
  // Monday 04:30 and later is kept.
  const auto ask = [] {
    return std::vector<ApplicationRetention>{{1, hours(43) + minutes(30)}, {2, std::nullopt}};
  };
  const absl::Status status =
      retention.run(*connection_, kMonday + days(2), ask, std::stop_token(), removed);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(removed.frames, 1620);
  EXPECT_EQ(covered_of_ten(), 20);
  expect_exact();
  work(when_sealed(kTen));
  EXPECT_EQ(covered_of_ten(), 24) << "an hour that is left in half is built again";
  EXPECT_EQ(marks(), 0);
  expect_exact();
}

TEST_F(RollupWorkerTest, AWeekThatIsDroppedAndMadeAgainHasNoOldRollups) {
  build_ten_hours();
  run("DROP TABLE time_series.frame_p20261123");
  EXPECT_EQ(covered_of_ten(), 0);
  expect_exact();
  session_ = open();
  add_line("ep", kMonday, kTen, seconds(20));
  write();
  EXPECT_EQ(covered_of_ten(), 0);
  expect_exact();
  work(when_sealed(kTen));
  EXPECT_EQ(covered_of_ten(), 40);
  expect_exact();
}

TEST_F(RollupWorkerTest, AWeekThatIsDetachedIsNotThereAndIsThereAgainWhenItIsAttached) {
  build_ten_hours();
  const std::string table = "time_series.frame_p20261123";
  const std::string attach = "ALTER TABLE time_series.frame ATTACH PARTITION " + table +
                             " FOR VALUES FROM ('2026-11-23Z') TO ('2026-11-30Z')";
  run("ALTER TABLE time_series.frame DETACH PARTITION " + table);
  EXPECT_EQ(covered_of_ten(), 0);
  run(attach);
  EXPECT_EQ(covered_of_ten(), 40);
  run("ALTER TABLE time_series.frame DETACH PARTITION " + table);
  work(when_sealed(kTen));
  EXPECT_EQ(rollups(), 0);
  run(attach);
  EXPECT_EQ(covered_of_ten(), 0);
  work(when_sealed(kTen));
  EXPECT_EQ(covered_of_ten(), 40);
  expect_exact();
}

TEST_F(RollupWorkerTest, GoesOnWhereAnotherOneWasKilled) {
  for (const char* endpoint : {"ep", "ep-2", "ep-3"}) {
    add_line(endpoint, kMonday, kMonday + days(2), seconds(20));
  }
  write();
  const time::UnixMicros now = when_sealed(kMonday + days(2));
  int lives = 0;
  std::int64_t built = 0;
  for (; lives < 100 && built < 3 * 48; ++lives) {
    int steps = 0;
    // Ends after a transaction or two, wherever it is.
    RollupOptions options;
    options.frames_per_step = 1;
    RollupWorker one(
        options,
        [&](const std::stop_token&, std::chrono::milliseconds) { return ++steps < 1 + lives % 2; },
        outside_.platform);
    built += work(one, now).built.hours;
    expect_exact();
  }
  EXPECT_EQ(built, 3 * 48);
  EXPECT_GT(lives, 3);
  EXPECT_EQ(covered("ep-3", "a", range(kMonday, kMonday + days(2))), 192);
}

TEST_F(RollupWorkerTest, AMarkOfAnEndpointThatIsBuiltBeforeOthersIsKept) {
  for (const char* endpoint : {"ep", "ep-2"}) add_line(endpoint, kMonday, kTen);
  write();
  RollupOptions options;
  options.frames_per_step = 1;
  int steps = 0;
  // Seals, looks at the weeks, builds the first endpoint.
  RollupWorker first(
      options, [&](const std::stop_token&, std::chrono::milliseconds) { return ++steps < 3; },
      outside_.platform);
  EXPECT_EQ(work(first, when_sealed(kTen)).built.hours, 10);
  EXPECT_EQ(covered_of_ten(), 40);
  EXPECT_EQ(covered("ep-2", "a", range(kMonday, kTen)), 0);
  add_one(kMonday, 1e6, 1'000'000);
  write();
  EXPECT_EQ(work(when_sealed(kTen)).built.hours, 11);
  EXPECT_EQ(covered_of_ten(), 40);
  expect_exact();
}

TEST_F(RollupWorkerTest, AWeekThatIsAboutToBeDetachedIsNotThere) {
  build_ten_hours();
  const auto reader = itest_connect();
  run(*reader, "BEGIN; LOCK TABLE time_series.frame IN ACCESS SHARE MODE");
  const auto dropper = itest_connect();
  ASSERT_TRUE(dropper->set_statement_timeout(milliseconds(100)).ok());
  EXPECT_FALSE(dropper
                   ->execute_script("ALTER TABLE time_series.frame DETACH PARTITION"
                                    " time_series.frame_p20261123 CONCURRENTLY")
                   .ok());
  EXPECT_EQ(covered_of_ten(), 0);
  expect_exact();
  run(*reader, "COMMIT");
  run("ALTER TABLE time_series.frame DETACH PARTITION time_series.frame_p20261123 FINALIZE");
}

TEST_F(RollupWorkerTest, OnlyOneSessionWorks) {
  add_line("ep", kMonday, kTen);
  write();
  run("SELECT pg_advisory_lock(hashtextextended('millrace worker of rollups', 0))");
  EXPECT_EQ(work(when_sealed(kTen)).built.hours, 0);
  run("SELECT pg_advisory_unlock(hashtextextended('millrace worker of rollups', 0))");
  EXPECT_EQ(work(when_sealed(kTen)).built.hours, 10);
}

TEST_F(RollupWorkerTest, TurnedOffItDeletesWhatThereIs) {
  build_ten_hours();
  add_one(kMonday, 1, 1'000'000);
  write();
  RollupWorker off({false, 20, 1000}, no_pause(), outside_.platform);
  work(off, when_sealed(kTen));
  EXPECT_EQ(rollups(), 0);
  EXPECT_EQ(count("time_series.rollup_week"), 0);
  add_one(kMonday, 2, 1'000'001);
  write();
  EXPECT_EQ(marks(), 0);
  EXPECT_EQ(work(off, when_sealed(kTen) + days(1)).built.hours, 0);
  expect_exact();
}

TEST_F(RollupWorkerTest, MoreMarksThanItMayHoldVoidThemAll) {
  build_ten_hours();
  for (int endpoint = 0; endpoint < 4; ++endpoint) {
    add(fmt::format("late-{}", endpoint), kMonday, {{"a", ValueType::kNumber, 1}});
  }
  write();
  EXPECT_EQ(marks(), 4);
  RollupWorker three({true, 20, 3}, no_pause(), outside_.platform);
  EXPECT_EQ(work(three, when_sealed(kTen)).marks, 4);
  EXPECT_EQ(marks(), 0);
  EXPECT_EQ(rollups(), 0);
  work(three, when_sealed(kTen) + kVoidPause);
  EXPECT_EQ(covered_of_ten(), 40);
}

TEST_F(RollupWorkerTest, ALongListOfMarksIsWorkedOffInPieces) {
  add_line("ep", kMonday - days(7), kMonday, seconds(20));
  write();
  const time::UnixMicros now = when_sealed(kMonday);
  work(now);
  const TimeRange week{kMonday - days(7), kMonday};
  EXPECT_EQ(covered("ep", "a", week), 672);
  run("INSERT INTO time_series.rollup_mark SELECT 1, extract(epoch FROM min(time))::int / 3600,"
      " extract(epoch FROM max(time))::int / 3600 FROM time_series.frame");
  EXPECT_EQ(covered("ep", "a", week), 0);
  RollupWorker once(
      {true, 20, 1000}, [](const std::stop_token&, std::chrono::milliseconds) { return false; },
      outside_.platform);
  // The first transaction looks at the weeks.
  work(once, now);
  EXPECT_EQ(work(now).built.hours, 168);
  EXPECT_EQ(covered("ep", "a", week), 672);
  EXPECT_EQ(marks(), 0);
}

}  // namespace
}  // namespace millrace::time_series
