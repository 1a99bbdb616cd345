// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "lib/time_series/range_reader.h"
#include "lib/time_series/reader_fixture.h"

namespace millrace::time_series {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(ReaderTest, ReadsRangesAsTheModelHasThem) {
  std::mt19937 random(20261123);
  make_application("ranges");
  make_random_frames(random);
  EXPECT_EQ(read(everything(), {}), expected(everything()));
  for (int i = 0; i < 300; ++i) {
    const RangeQuery query = random_query(random);
    ASSERT_EQ(read(query, random_limits(random)), expected(query)) << "query " << i;
  }
}

TEST_F(ReaderTest, StopsAtTheLimitAndGoesOnBehindIt) {
  std::mt19937 random(7);
  make_application("resumed");
  make_random_frames(random);
  for (int i = 0; i < 40; ++i) {
    RangeQuery query = random_query(random);
    const std::vector<SeenPoint> whole = expected(query);
    std::vector<SeenPoint> pieces;
    while (pieces.size() < whole.size()) {
      const auto limit = static_cast<std::int64_t>(1 + random() % 50);
      const std::vector<SeenPoint> piece = read(query, random_limits(random), limit);
      ASSERT_EQ(piece.size(), std::min<std::size_t>(static_cast<std::size_t>(limit),
                                                    whole.size() - pieces.size()));
      pieces.insert(pieces.end(), piece.begin(), piece.end());
      query.behind = last_position_;
    }
    ASSERT_EQ(pieces, whole) << "query " << i;
    EXPECT_THAT(whole.empty() ? whole : read(query, {}), IsEmpty());
  }
}

TEST_F(ReaderTest, ResumesAtEveryPosition) {
  std::mt19937 random(99);
  make_application("every position");
  make_random_frames(random);
  for (const Direction direction : {Direction::kAscending, Direction::kDescending}) {
    RangeQuery query = everything();
    query.direction = direction;
    const std::vector<SeenPoint> whole = expected(query);
    for (std::size_t i = 0; i < whole.size(); i += 3) {
      const auto place =
          std::find(query.endpoint_ids.begin(), query.endpoint_ids.end(), whole[i].endpoint_id);
      query.behind = RangePosition{static_cast<std::size_t>(place - query.endpoint_ids.begin()),
                                   whole[i].series_name, time::from_unix_us(whole[i].time_us)};
      const auto rest =
          std::vector<SeenPoint>(whole.begin() + static_cast<std::ptrdiff_t>(i) + 1, whole.end());
      ASSERT_EQ(read(query, {}), rest) << "behind point " << i;
    }
  }
}

TEST_F(ReaderTest, TheLaterWriteWinsValueByValueAtOneInstant) {
  make_application("later");
  make_endpoint("ep");
  make_value("s", "a", ValueType::kNumber);
  make_value("s", "b", ValueType::kNumber);
  make_value("s", "c", ValueType::kNumber);
  make_layout({0, 1});
  make_layout({1, 2});
  make_layout({2});
  add_frame({"ep", kStart, 10}, layouts_[0], {1.0, 2.0});
  add_frame({"ep", kStart, 30}, layouts_[1], {Value(), 5.0});
  add_frame({"ep", kStart, 20}, layouts_[2], {7.0});
  write_frames();
  RangeQuery query = everything();
  query.endpoint_ids = {"ep"};
  query.series_names = {"s"};
  // b is null: the later write said so.
  EXPECT_THAT(read(query, {}), ElementsAre(SeenPoint{"ep", "s", kStart, {{"a", 1.0}, {"c", 5.0}}}));
}

TEST_F(ReaderTest, LongStringsMakeSmallSteps) {
  make_application("long");
  make_endpoint("ep");
  make_value("s", "a", ValueType::kString);
  make_layout({0});
  for (int i = 0; i < 400; ++i) {
    add_frame({"ep", kStart + i, i + 1}, layouts_[0], {std::string(1000, 'x')});
  }
  write_frames();
  RangeQuery query = everything();
  query.endpoint_ids = {"ep"};
  query.series_names = {"s"};
  RangeLimits limits;
  limits.text_bytes = 20'000;
  RangeReader reader(query, limits);
  std::size_t points = 0;
  for (auto step = reader.next(*connection_, 1000); step.ok() && *step;
       step = reader.next(*connection_, 1000)) {
    points += (*step)->points.times.size();
    EXPECT_LE((*step)->points.times.size(), 64U);
  }
  EXPECT_EQ(points, 400U);
}

}  // namespace
}  // namespace millrace::time_series
