// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/hour_rollups.h"

#include <limits>
#include <optional>

#include <gmock/gmock.h>

#include "lib/postgres/copy_buffer.h"
#include "lib/time_series/rollup_record.h"

namespace millrace::time_series {
namespace {

using aggregation::Summary;
using std::chrono::microseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Hour kHour = hour_of_number(498'000);
const double kNull = postgres::null_pattern();

class HourRollupsTest : public testing::Test {
 protected:
  void add(time::UnixMicros time, std::int64_t seq, const LayoutValues& layout,
           std::vector<double> numbers) {
    rollups_.add({time, seq, &layout, std::move(numbers)});
  }
  // Frames of an endpoint's hour, from its beginning on, evenly.
  void fill(Hour hour, const LayoutValues& layout, std::size_t frames = kMinFramesOfRollup) {
    const auto apart = std::chrono::duration_cast<microseconds>(std::chrono::hours{1}) / frames;
    for (std::size_t i = 0; i < frames; ++i) {
      add(hour + apart * static_cast<int>(i), ++seq_, layout,
          std::vector<double>(layout.number_keys.size(), static_cast<double>(i)));
    }
  }
  std::vector<RollupRow> rows() {
    rollups_.end();
    return rollups_.take();
  }
  // Of a value in a quarter of a row; nothing: the row does not have the value.
  static std::optional<Summary> summary(const RollupRow& row, std::int32_t key,
                                        std::size_t quarter) {
    for (std::size_t i = 0; i < row.value_keys.size(); ++i) {
      if (row.value_keys[i] != key) continue;
      const std::string_view all = row.summaries;
      return read_rollup_record(all.substr((i * kQuartersPerHour + quarter) * kRollupRecordBytes),
                                begin_of_quarter(row.hour, quarter));
    }
    return std::nullopt;
  }

  HourRollups rollups_;
  std::int64_t seq_ = 0;
  const LayoutValues one_{{7}, {7}, {}};
  const LayoutValues two_{{7, 9}, {7, 9}, {}};
  const LayoutValues other_{{8}, {8}, {}};
  const LayoutValues text_{{}, {}, {7}};      // a string of the name of number 7
  const LayoutValues boolean_{{5}, {7}, {}};  // and a boolean
};

TEST_F(HourRollupsTest, EachQuarterHasTheSummaryOfItsPoints) {
  fill(kHour, two_);
  const auto made = rows();
  ASSERT_THAT(made, SizeIs(1));
  EXPECT_EQ(made[0].hour, kHour);
  EXPECT_THAT(made[0].value_keys, ElementsAre(7, 9));
  EXPECT_EQ(made[0].summaries.size(), 8 * kRollupRecordBytes);
  const auto apart = microseconds(std::chrono::hours{1}) / kMinFramesOfRollup;
  for (std::size_t quarter = 0; quarter < kQuartersPerHour; ++quarter) {
    Summary expected;
    for (std::size_t i = quarter * 32; i < (quarter + 1) * 32; ++i) {
      expected.add({kHour + apart * static_cast<int>(i), static_cast<double>(i)});
    }
    EXPECT_EQ(summary(made[0], 9, quarter), expected);
  }
}

TEST_F(HourRollupsTest, HoursWithFewFramesHaveNone) {
  fill(kHour, one_, kMinFramesOfRollup - 1);
  fill(kHour + std::chrono::hours{1}, one_);
  const auto made = rows();
  ASSERT_THAT(made, SizeIs(1));
  EXPECT_EQ(made[0].hour, kHour + std::chrono::hours{1});
}

TEST_F(HourRollupsTest, AnHourBeginsWithNothingOfTheOneBefore) {
  fill(kHour, two_);
  fill(kHour + std::chrono::hours{1}, one_);
  const auto made = rows();
  ASSERT_THAT(made, SizeIs(2));
  EXPECT_THAT(made[1].value_keys, ElementsAre(7));
  EXPECT_EQ(summary(made[1], 7, 0)->count, 32);
}

TEST_F(HourRollupsTest, NullsAreNoPoints) {
  fill(kHour, one_);
  add(kHour + std::chrono::hours{1} - seconds{2}, 1000, two_, {kNull, 4});
  const auto made = rows();
  EXPECT_EQ(summary(made[0], 7, 3)->count, 32);
  EXPECT_EQ(summary(made[0], 9, 3)->count, 1);
  EXPECT_EQ(summary(made[0], 9, 2)->count, 0);
}

TEST_F(HourRollupsTest, OfOneInstantTheHighestSeqCountsValueByValue) {
  fill(kHour, one_);
  const time::UnixMicros at = kHour + seconds{1};
  add(at, 1001, two_, {100, 101});
  add(at, 1003, one_, {300});
  add(at, 1002, other_, {200});
  const auto made = rows();
  EXPECT_EQ(summary(made[0], 7, 0)->max.value, 300);
  EXPECT_EQ(summary(made[0], 9, 0)->max.value, 101);
  EXPECT_EQ(summary(made[0], 8, 0)->max.value, 200);
  EXPECT_EQ(summary(made[0], 7, 0)->count, 33);
}

TEST_F(HourRollupsTest, ANullHidesWhatWasThereBefore) {
  fill(kHour, one_);
  add(kHour + seconds{1}, 1001, one_, {1e6});
  add(kHour + seconds{1}, 1002, two_, {kNull, 1});
  EXPECT_EQ(summary(rows()[0], 7, 0)->max.value, 31);
}

TEST_F(HourRollupsTest, AStringOrABooleanHidesANumberOfItsName) {
  fill(kHour, one_);
  add(kHour + seconds{1}, 1001, one_, {1e6});
  add(kHour + seconds{1}, 1002, text_, {});
  add(kHour + seconds{2}, 1003, one_, {1e6});
  add(kHour + seconds{2}, 1004, boolean_, {1});
  add(kHour + seconds{3}, 1006, one_, {2e6});
  add(kHour + seconds{3}, 1005, text_, {});
  const auto made = rows();
  EXPECT_EQ(summary(made[0], 7, 0)->count, 33);
  EXPECT_EQ(summary(made[0], 7, 0)->max.value, 2e6);
  EXPECT_EQ(summary(made[0], 5, 0)->count, 1);
}

TEST_F(HourRollupsTest, NumbersThatAreNotFiniteAreLeftToTheFrames) {
  for (const double odd :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    fill(kHour, one_);
    add(kHour + std::chrono::minutes{59} + seconds{59}, 1000, one_, {odd});
    EXPECT_THAT(rows(), IsEmpty());
  }
  fill(kHour, one_);
  for (int i = 0; i < 2; ++i) {
    add(kHour + std::chrono::minutes{59} + seconds{58 + i}, 1000, one_, {1.5e308});
  }
  EXPECT_THAT(rows(), IsEmpty());
  fill(kHour, one_);
  EXPECT_THAT(rows(), SizeIs(1));
}

TEST_F(HourRollupsTest, HoursOfStringsAloneHaveNone) {
  for (std::size_t i = 0; i < 2 * kMinFramesOfRollup; ++i) {
    add(kHour + seconds{static_cast<int>(i)}, 1, text_, {});
  }
  EXPECT_THAT(rows(), IsEmpty());
}

}  // namespace
}  // namespace millrace::time_series
