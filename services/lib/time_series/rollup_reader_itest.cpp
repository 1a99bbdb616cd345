// SPDX-License-Identifier: Apache-2.0
#include <random>

#include <gmock/gmock.h>

#include "lib/time_series/rollup_fixture.h"
#include "lib/time_series/rollup_reader.h"

namespace millrace::time_series {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::SizeIs;

class RollupReaderTest : public RollupTest {
 protected:
  // "from-until" in minutes since Monday, "*" where it is covered by more than one quarter of them.
  std::vector<std::string> shape(TimeRange where, RollupLimits limits = {4096, 4 << 20, 0}) {
    std::vector<std::string> shape;
    time::UnixMicros begun;
    bool was_covered = false;
    const auto minute = [](time::UnixMicros time) {
      return std::chrono::duration_cast<minutes>(time - time::UnixMicros(kMonday)).count();
    };
    for (const RollupPart& part : parts("ep", "a", where, limits)) {
      if (shape.empty() || !part.covered() || !was_covered) {
        begun = part.range.from;
        shape.emplace_back();
      }
      was_covered = part.covered();
      shape.back() =
          fmt::format("{}-{}{}", minute(begun), minute(part.range.to), part.covered() ? "*" : "");
    }
    return shape;
  }
};

TEST_F(RollupReaderTest, GivesWholeQuartersInsideTheRange) {
  add_line("ep", kMonday, kMonday + hours(3));
  write();
  work(when_sealed(kMonday + hours(3)));
  EXPECT_THAT(shape({kMonday, kMonday + hours(3)}), ElementsAre("0-180*"));
  EXPECT_THAT(shape({kMonday + minutes(15), kMonday + minutes(165)}), ElementsAre("15-165*"));
  EXPECT_THAT(shape({kMonday + minutes(14), kMonday + minutes(166)}),
              ElementsAre("14-15", "15-165*", "165-166"));
  EXPECT_THAT(shape({kMonday + minutes(16), kMonday + minutes(29)}), ElementsAre("16-29"));
  EXPECT_THAT(shape({kMonday - hours(1), kMonday + hours(4)}),
              ElementsAre("-60-0", "0-180*", "180-240"));
  EXPECT_THAT(parts("ep", "a", {kMonday, kMonday}), SizeIs(0));
  EXPECT_THAT(shape({kEarliestTime, kLatestTime}), SizeIs(3));
}

TEST_F(RollupReaderTest, PagesJoin) {
  add_line("ep", kMonday, kMonday + hours(9));
  write();
  work(when_sealed(kMonday + hours(9)));
  const TimeRange where{kMonday + minutes(7), kMonday + hours(20)};
  const SeenQuarters expected = without_rollups("ep", "a", where);
  for (const std::int64_t page : {1, 2, 3, 9, 10}) {
    const RollupLimits limits{page, 4 << 20, 0};
    EXPECT_EQ(with_rollups("ep", "a", where, limits), expected) << page;
  }
  EXPECT_THAT(shape(where, {2, 4 << 20, 0}), ElementsAre("7-15", "15-540*", "540-1200"));
}

TEST_F(RollupReaderTest, FewPointsBetweenGapsAreLeftToThePoints) {
  for (const int hour : {0, 2, 3}) {
    add_line("ep", kMonday + hours(hour), kMonday + hours(hour + 1), seconds(20));
  }
  add_line("ep", kMonday + hours(6), kMonday + hours(7), seconds(20));
  write();
  work(when_sealed(kMonday + hours(12)));
  const TimeRange where{kMonday, kMonday + hours(12)};
  EXPECT_THAT(shape(where),
              ElementsAre("0-60*", "60-120", "120-240*", "240-360", "360-420*", "420-720"));
  // 180 an hour. At an end of the range it saves no statement.
  EXPECT_THAT(shape(where, {4096, 4 << 20, 200}),
              ElementsAre("0-60*", "60-120", "120-240*", "240-720"));
  EXPECT_THAT(shape(where, {4096, 4 << 20, 361}), ElementsAre("0-60*", "60-720"));
  // The two hours are no shorter than that, the one is.
  EXPECT_THAT(shape(where, {4096, 4 << 20, 361, hours(2)}),
              ElementsAre("0-60*", "60-120", "120-240*", "240-720"));
}

// A month of another series before a series begins must not be read for it.
TEST_F(RollupReaderTest, LongQuartersWithoutPointsAreNotReadPast) {
  for (int i = 180; i < 30 * 180; ++i) {
    add("ep", kMonday + i * seconds(20), {{"b", ValueType::kNumber, 1}});
  }
  add_line("ep", kMonday + hours(30), kMonday + hours(31));
  write();
  work(when_sealed(kMonday + hours(30)));
  const TimeRange where{kMonday, kMonday + hours(31)};
  EXPECT_THAT(shape(where, RollupLimits{}), ElementsAre("0-60", "60-1800*", "1800-1860"));
  EXPECT_EQ(with_rollups("ep", "a", where, RollupLimits{}), without_rollups("ep", "a", where));
}

TEST_F(RollupReaderTest, AValueThatAnHourDoesNotHaveIsOfNoPoint) {
  add_line("ep", kMonday, kMonday + hours(1));
  for (int i = 0; i < 400; ++i) {
    add("ep", kMonday + hours(1) + seconds(i), {{"b", ValueType::kBoolean, i % 2}});
  }
  write();
  work(when_sealed(kMonday + hours(2)));
  const auto a = parts("ep", "a", {kMonday, kMonday + hours(2)});
  ASSERT_THAT(a, SizeIs(8));
  EXPECT_EQ(a[0].summaries[0].count, 90);
  EXPECT_EQ(a[4].summaries[0].count, 0);
  const auto b = parts("ep", "b", {kMonday, kMonday + hours(2)});
  EXPECT_EQ(b[0].summaries[0].count, 0);
  EXPECT_EQ(b[4].summaries[0].count, 400);
  EXPECT_EQ(b[4].summaries[0].sum, 200);
}

TEST_F(RollupReaderTest, ManyMarksMakeAPageOfPoints) {
  add_line("ep", kMonday, kMonday + hours(2));
  write();
  work(when_sealed(kMonday + hours(2)));
  run("INSERT INTO time_series.rollup_mark SELECT 1, h, h FROM"
      " generate_series(extract(epoch FROM '2026-11-23Z'::timestamptz)::int / 3600 + 1,"
      " extract(epoch FROM '2026-11-23Z'::timestamptz)::int / 3600 + 1999) h");
  EXPECT_EQ(covered("ep", "a", {kMonday, kMonday + days(100)}), 4);
  run("INSERT INTO time_series.rollup_mark SELECT 1, first_hour + 2000, last_hour + 2000"
      " FROM time_series.rollup_mark LIMIT 1");
  EXPECT_EQ(covered("ep", "a", {kMonday, kMonday + days(100)}), 0);
  EXPECT_EQ(covered("ep", "a", {kMonday, kMonday + hours(1)}), 4);
}

TEST_F(RollupReaderTest, MarksOfOthersDoNotMatter) {
  add_line("ep", kMonday, kMonday + hours(2));
  add_line("other", kMonday, kMonday + hours(2));
  write();
  work(when_sealed(kMonday + hours(2)));
  add("other", kMonday + seconds(1), {{"a", ValueType::kNumber, 1}});
  write();
  EXPECT_EQ(covered("ep", "a", {kMonday, kMonday + hours(2)}), 8);
  EXPECT_EQ(covered("other", "a", {kMonday, kMonday + hours(2)}), 4);
}

TEST_F(RollupReaderTest, BeforeTheTablesAreThereNothingIsCovered) {
  add_line("ep", kMonday, kMonday + hours(2));
  write();
  run("ALTER TABLE time_series.rollup RENAME TO elsewhere");
  const TimeRange where{kMonday, kMonday + hours(2)};
  EXPECT_THAT(shape(where), ElementsAre("0-120"));
  run("ALTER TABLE time_series.elsewhere RENAME TO rollup");
}

}  // namespace
}  // namespace millrace::time_series
