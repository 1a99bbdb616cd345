// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/point_merger.h"

#include <gmock/gmock.h>

namespace millrace::time_series {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

time::UnixMicros at(std::int64_t us) {
  return time::from_unix_us(us);
}
FrameValue number(double value) {
  return {false, value, ""};
}
FrameValue text(const std::string& value) {
  return {false, 0, value};
}
FrameValue null() {
  return {};
}

// Series with numbers `a` and `b`: layout 1 has both, layout 2 only b.
StoredSeries two_numbers() {
  return {
      1, "s", {{"a", ValueType::kNumber}, {"b", ValueType::kNumber}}, {{1, {1, 2}}, {2, {0, 1}}}};
}

TEST(PointMerger, APointIsCompleteWhenTheNextInstantBegins) {
  PointMerger merger(two_numbers());
  merger.add({at(1), 10, 1, {number(1), number(2)}});
  EXPECT_TRUE(merger.has_open_point());
  EXPECT_THAT(merger.take().times, IsEmpty());
  merger.add({at(2), 11, 1, {number(3), number(4)}});
  const PointBatch batch = merger.take();
  EXPECT_THAT(batch.times, ElementsAre(at(1)));
  EXPECT_THAT(batch.columns[0].numbers, ElementsAre(1));
  EXPECT_THAT(batch.columns[1].numbers, ElementsAre(2));
  merger.end();
  EXPECT_FALSE(merger.has_open_point());
  EXPECT_THAT(merger.take().times, ElementsAre(at(2)));
}

TEST(PointMerger, TheHigherSeqWinsValueByValueInWhateverOrderRowsCome) {
  for (const bool swapped : {false, true}) {
    PointMerger merger(two_numbers());
    const FrameRow both{at(1), 10, 1, {number(1), number(2)}};
    const FrameRow only_b{at(1), 20, 2, {null(), number(5)}};
    merger.add(swapped ? only_b : both);
    merger.add(swapped ? both : only_b);
    merger.end();
    const PointBatch batch = merger.take();
    EXPECT_THAT(batch.times, ElementsAre(at(1)));
    EXPECT_THAT(batch.columns[0].numbers, ElementsAre(1));
    EXPECT_THAT(batch.columns[1].numbers, ElementsAre(5));
  }
}

TEST(PointMerger, ALaterNullHidesAnEarlierValue) {
  PointMerger merger(two_numbers());
  merger.add({at(1), 10, 1, {number(1), number(2)}});
  merger.add({at(1), 20, 2, {null(), null()}});
  merger.end();
  const PointBatch batch = merger.take();
  EXPECT_THAT(batch.columns[0].present, ElementsAre(true));
  EXPECT_THAT(batch.columns[1].present, ElementsAre(false));
  EXPECT_THAT(batch.columns[1].numbers, ElementsAre(0));
}

TEST(PointMerger, AValueThatTheLayoutLacksIsNotPresent) {
  PointMerger merger(two_numbers());
  merger.add({at(1), 10, 2, {number(99), number(5)}});
  merger.end();
  const PointBatch batch = merger.take();
  EXPECT_THAT(batch.columns[0].present, ElementsAre(false));
  EXPECT_THAT(batch.columns[1].present, ElementsAre(true));
}

TEST(PointMerger, OfAValueThatChangedItsTypeTheLaterOneCounts) {
  PointMerger merger(
      {1, "s", {{"v", ValueType::kNumber}, {"v", ValueType::kString}}, {{1, {1, 0}}, {2, {0, 1}}}});
  merger.add({at(1), 10, 1, {number(1), null()}});
  merger.add({at(1), 20, 2, {null(), text("x")}});
  merger.add({at(2), 30, 1, {number(2), null()}});
  merger.end();
  const PointBatch batch = merger.take();
  EXPECT_THAT(batch.columns[0].present, ElementsAre(false, true));
  EXPECT_THAT(batch.columns[1].present, ElementsAre(true, false));
  EXPECT_THAT(batch.columns[1].texts, ElementsAre("x", ""));
}

TEST(PointMerger, RowsOfForeignLayoutsAreSkipped) {
  PointMerger merger(two_numbers());
  merger.add({at(1), 10, 3, {number(1), number(2)}});
  EXPECT_FALSE(merger.has_open_point());
}

}  // namespace
}  // namespace millrace::time_series
