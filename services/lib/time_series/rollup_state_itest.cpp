// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "lib/time_series/rollup_fixture.h"
#include "lib/time_series/rollup_marks.h"
#include "lib/time_series/rollup_state.h"

namespace millrace::time_series {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::weeks;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

constexpr milliseconds kPatience{50};

class RollupStateTest : public RollupTest {
 protected:
  RollupState state() {
    const auto state = read_rollup_state(*connection_);
    EXPECT_TRUE(state.ok()) << state.status();
    return *state;
  }
  // begin_marking() of a transaction of its own.
  std::optional<Hour> seal_of_a_writer() {
    const auto seal = begin_marking(*connection_);
    EXPECT_TRUE(seal.ok()) << seal.status();
    return *seal;
  }
  void mark(std::int32_t endpoint, Hour first, Hour last) {
    postgres::CopyBuffer buffer;
    const std::vector<RollupMark> marks{{endpoint, first, last}};
    ASSERT_TRUE(write_marks(*connection_, buffer, marks).ok());
  }
};

TEST_F(RollupStateTest, WritersLearnTheSeal) {
  EXPECT_EQ(seal_of_a_writer(), std::nullopt);
  EXPECT_TRUE(*move_seal(*connection_, kMonday, kPatience));
  EXPECT_EQ(seal_of_a_writer(), kMonday);
  EXPECT_EQ(state().sealed_until, kMonday);
}

TEST_F(RollupStateTest, ASnapshotThatMayBeOlderThanTheLockIsRefused) {
  run("BEGIN ISOLATION LEVEL REPEATABLE READ");
  const auto seal = begin_marking(*connection_);
  EXPECT_THAT(error::message(seal.status()), testing::HasSubstr("READ COMMITTED"));
  run("ROLLBACK");
}

TEST_F(RollupStateTest, TheSealIsMovedByNobodyWhileSomebodyWrites) {
  const auto writer = itest_connect();
  run(*writer, "BEGIN; SELECT time_series.begin_marking()");
  EXPECT_FALSE(*move_seal(*connection_, kMonday, kPatience));
  EXPECT_FALSE(*void_rollups(*connection_, kMonday, kPatience));
  // Writers do not keep each other.
  EXPECT_EQ(seal_of_a_writer(), std::nullopt);
  run(*writer, "ROLLBACK");
  EXPECT_TRUE(*move_seal(*connection_, kMonday, kPatience));
}

TEST_F(RollupStateTest, VoidTakesSealMarksAndWeeksAway) {
  add_line("ep", kMonday, kMonday + hours(1));
  write();
  work(when_sealed(kMonday + hours(1)));
  mark(1, kMonday, kMonday);
  run("INSERT INTO time_series.rollup_mark VALUES (0, -2147483648, 2147483647)");
  EXPECT_TRUE(state().voided);
  EXPECT_TRUE(*void_rollups(*connection_, kMonday + hours(5), kPatience));
  const RollupState left = state();
  EXPECT_EQ(left.sealed_until, std::nullopt);
  EXPECT_EQ(left.voided_at, time::UnixMicros(kMonday + hours(5)));
  EXPECT_FALSE(left.voided);
  ASSERT_THAT(left.weeks, SizeIs(1));
  EXPECT_EQ(left.weeks[0].partition, 0);
  EXPECT_EQ(count("time_series.rollup_mark"), 0);
  EXPECT_EQ(covered("ep", "a", {kMonday, kMonday + hours(1)}), 0);
}

TEST_F(RollupStateTest, MarksOfAnEndpointAreTakenTogetherAndJoined) {
  mark(7, kMonday + hours(5), kMonday + hours(6));
  mark(7, kMonday, kMonday + hours(1));
  mark(7, kMonday + hours(2), kMonday + hours(2));
  mark(7, kMonday, kMonday);
  mark(9, kMonday, kMonday);
  mark(0, kMonday, kMonday);
  const auto taken = take_rollup_marks(*connection_, 0, 100);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->endpoint_key, 7);
  EXPECT_THAT(taken->hours, ElementsAre(Pair(kMonday, kMonday + hours(2)),
                                        Pair(kMonday + hours(5), kMonday + hours(6))));
  EXPECT_EQ(take_rollup_marks(*connection_, 7, 100)->endpoint_key, 9);
  EXPECT_EQ(take_rollup_marks(*connection_, 0, 100)->endpoint_key, 0);
  EXPECT_EQ(count("time_series.rollup_mark"), 1);
}

TEST_F(RollupStateTest, OnlySoManyMarksAreTakenAtOnce) {
  for (int i = 0; i < 5; ++i) mark(7, kMonday + hours(2 * i), kMonday + hours(2 * i));
  EXPECT_THAT(take_rollup_marks(*connection_, 0, 3)->hours, SizeIs(3));
  EXPECT_EQ(*count_rollup_marks(*connection_, 100), 2);
  EXPECT_EQ(*count_rollup_marks(*connection_, 1), 1);
}

TEST_F(RollupStateTest, WeeksBeginBeforeTheSealAlone) {
  add_line("ep", kMonday, kMonday + hours(1));  // makes this week and the next one
  write();
  EXPECT_TRUE(match_rollup_weeks(*connection_, state(), kPatience).ok());
  EXPECT_THAT(state().weeks, IsEmpty());
  EXPECT_TRUE(*move_seal(*connection_, kMonday + hours(1), kPatience));
  EXPECT_TRUE(match_rollup_weeks(*connection_, state(), kPatience).ok());
  const RollupState begun = state();
  ASSERT_THAT(begun.weeks, SizeIs(1));
  EXPECT_EQ(Hour(begun.weeks[0].week), kMonday);
  EXPECT_EQ(begun.weeks[0].done_until, kMonday);
  EXPECT_EQ(begun.end_of(begun.weeks[0]), kMonday + hours(1));
}

TEST_F(RollupStateTest, AWeekThatCannotBeWatchedKeepsNoOther) {
  add_line("ep", kMonday - weeks(1), kMonday - weeks(1) + hours(1));
  add_line("ep", kMonday, kMonday + hours(1));
  write();
  // As somebody else's table would.
  run("ALTER FUNCTION time_series.watch_frames RENAME TO watch;"
      "CREATE FUNCTION time_series.watch_frames(frames regclass) RETURNS void LANGUAGE plpgsql AS"
      " $$ BEGIN IF frames = 'time_series.frame_p20261116'::regclass THEN"
      " RAISE insufficient_privilege; END IF; PERFORM time_series.watch(frames); END $$");
  work(when_sealed(kMonday + hours(1)));
  EXPECT_EQ(covered("ep", "a", {kMonday - weeks(1), kMonday + hours(1)}), 4);
  ASSERT_THAT(state().weeks, SizeIs(1));
  EXPECT_EQ(Hour(state().weeks[0].week), kMonday);
  run("DROP FUNCTION time_series.watch_frames;"
      "ALTER FUNCTION time_series.watch RENAME TO watch_frames");
  work(when_sealed(kMonday + hours(1)));
  EXPECT_EQ(covered("ep", "a", {kMonday - weeks(1), kMonday + hours(1)}), 8);
}

TEST_F(RollupStateTest, APartitionOfAnEarlierVersionIsWatchedBeforeItIsRolledUp) {
  add_line("ep", kMonday, kMonday + hours(1));
  write();
  run("DROP TRIGGER void_rollups ON time_series.frame_p20261123");
  work(when_sealed(kMonday + hours(1)));
  run(*itest_connect(), "DELETE FROM time_series.frame_p20261123");
  EXPECT_TRUE(state().voided);
}

TEST_F(RollupStateTest, ATableThatIsAnotherOneIsNotHeld) {
  add_line("ep", kMonday, kMonday + hours(1));
  write();
  work(when_sealed(kMonday + hours(1)));
  const RollupWeek week = state().weeks[0];
  const auto holds = [&] {
    auto transaction = postgres::Transaction::begin(*connection_);
    return *hold_rollup_partition(*connection_, week, kPatience);
  };
  EXPECT_TRUE(holds());
  const auto dropper = itest_connect();
  run(*dropper, "BEGIN; LOCK TABLE time_series.frame_p20261123");
  EXPECT_FALSE(holds()) << "somebody is taking it away";
  run(*dropper, "ALTER TABLE time_series.frame_p20261123 RENAME TO kept; COMMIT");
  EXPECT_FALSE(holds()) << "there is none of its name";
  run("CREATE TABLE time_series.frame_p20261123 ()");
  EXPECT_FALSE(holds()) << "another one has its name";
  run("DROP TABLE time_series.kept");
}

}  // namespace
}  // namespace millrace::time_series
