// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "lib/time_series/last_points_reader.h"
#include "lib/time_series/reader_fixture.h"

namespace millrace::time_series {
namespace {

using testing::ElementsAre;

TEST_F(ReaderTest, ReadsTheLastPointsAsTheModelHasThem) {
  std::mt19937 random(4711);
  make_application("last");
  make_random_frames(random);
  for (int i = 0; i < 200; ++i) {
    LastPointsQuery query;
    query.application_key = application_;
    if (random() % 2 == 0) query.endpoint_ids = {"ep-3", "nowhere", "ep-1"};
    if (random() % 2 == 0) query.series_names = {"place", "changed"};
    if (random() % 4 != 0) query.before = time::from_unix_us(random_instant(random));
    query.limit = 1 + random() % 20;
    query.partitions_per_window = 1 + random() % 6;
    std::vector<SeenPoint> whole;
    for (const auto& [which, times] : model_) {
      const auto& ids = query.endpoint_ids;
      const auto& names = query.series_names;
      if (!ids.empty() && std::find(ids.begin(), ids.end(), which.first) == ids.end()) continue;
      if (!names.empty() && std::find(names.begin(), names.end(), which.second) == names.end()) {
        continue;
      }
      auto last = query.before ? times.lower_bound(time::to_unix_us(*query.before)) : times.end();
      if (last == times.begin()) continue;
      --last;
      whole.push_back(seen(which, last->first, last->second));
    }
    if (whole.size() > query.limit) whole.resize(query.limit);
    const auto found = read_last_points(*connection_, query);
    ASSERT_TRUE(found.ok()) << found.status();
    std::vector<SeenPoint> points;
    for (const LastPoint& point : *found) {
      SeenPoint seen{point.endpoint_id, point.series_name, time::to_unix_us(point.time), {}};
      for (const NamedFrameValue& value : point.values) {
        if (value.value.null) continue;
        const bool is_text = value.description.type == ValueType::kString;
        seen.values.emplace_back(value.description.name,
                                 is_text ? Value(value.value.text) : Value(value.value.number));
      }
      points.push_back(std::move(seen));
    }
    ASSERT_EQ(points, whole) << "query " << i;
  }
}

TEST_F(ReaderTest, AnExplicitNullIsAPointAndAValueOfTheLastPoint) {
  make_application("nulls");
  make_endpoint("ep");
  make_value("s", "a", ValueType::kNumber);
  make_value("s", "b", ValueType::kString);
  make_layout({0});
  add_frame({"ep", kStart, 10}, layouts_[0], {Value()});
  write_frames();
  RangeQuery query = everything();
  query.endpoint_ids = {"ep"};
  query.series_names = {"s"};
  EXPECT_THAT(read(query, {}), ElementsAre(SeenPoint{"ep", "s", kStart, {}}));
  LastPointsQuery last;
  last.application_key = application_;
  const auto found = read_last_points(*connection_, last);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->size(), 1U);
  ASSERT_EQ(found->front().values.size(), 1U);  // b is absent
  EXPECT_EQ(found->front().values[0].description.name, "a");
  EXPECT_TRUE(found->front().values[0].value.null);
}

TEST_F(ReaderTest, LastPointsBeyondTheLimitAreHardlyLookedFor) {
  make_application("limited");
  constexpr int kSeries = 50;
  std::vector<std::size_t> members;
  for (int i = 0; i < kSeries; ++i) {
    make_value(fmt::format("s{:02}", i), "value", ValueType::kNumber);
    members.push_back(members.size());
  }
  make_layout(members);
  const std::vector<Value> numbers(kSeries, Value(1.0));
  for (int i = 0; i < 100; ++i) {
    const std::string id = fmt::format("ep-{:02}", i);
    make_endpoint(id);
    add_frame({id, kStart, 1}, layouts_[0], numbers);
  }
  write_frames();
  const auto fetched = [this] {
    script("SELECT pg_stat_force_next_flush()");
    return connection_
        ->execute(
            "SELECT sum(idx_tup_fetch)::int8 FROM pg_stat_user_tables"
            " WHERE relname LIKE 'itest_%'")
        ->int8(0, 0);
  };
  LastPointsQuery query;
  query.application_key = application_;
  query.limit = 60;
  for (const bool asked : {false, true}) {
    if (asked) {
      for (int i = 99; i >= 0; --i) query.endpoint_ids.push_back(fmt::format("ep-{:02}", i));
    }
    const std::int64_t before = fetched();
    const auto found = read_last_points(*connection_, query);
    ASSERT_TRUE(found.ok()) << found.status();
    ASSERT_EQ(found->size(), query.limit);
    EXPECT_EQ(found->back().endpoint_id, "ep-01");
    EXPECT_EQ(found->back().series_name, "s09");
    EXPECT_LE(fetched() - before, 10) << "frames";
  }
  // Where most of what was planned is not found, the next endpoints follow.
  query.limit = 100'000;
  EXPECT_EQ(read_last_points(*connection_, query)->size(), 100U * kSeries);
}

TEST_F(ReaderTest, LastPointsGoOnBehindEndpointsThatHaveNone) {
  make_application("sparse");
  for (int i = 0; i < 40; ++i) make_value(fmt::format("s{:02}", i), "value", ValueType::kNumber);
  std::vector<std::size_t> members(40);
  for (std::size_t i = 0; i < members.size(); ++i) members[i] = i;
  make_layout(members);
  const std::vector<Value> numbers(40, Value(1.0));
  for (int i = 0; i < 30; ++i) {
    const std::string id = fmt::format("ep-{:02}", i);
    make_endpoint(id);
    // All but the last one have points only later.
    add_frame({id, kStart + (i < 29 ? 10 : 0), 1}, layouts_[0], numbers);
  }
  write_frames();
  LastPointsQuery query;
  query.application_key = application_;
  query.before = time::from_unix_us(kStart + 5);
  query.limit = 1;
  for (const bool asked : {false, true}) {
    if (asked) {
      for (int i = 0; i < 30; ++i) query.endpoint_ids.push_back(fmt::format("ep-{:02}", i));
    }
    const auto found = read_last_points(*connection_, query);
    ASSERT_TRUE(found.ok()) << found.status();
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front().endpoint_id, "ep-29");
  }
}

TEST_F(ReaderTest, TooManyBytesOfStringsInLastPointsAreRefused) {
  make_application("heavy");
  make_endpoint("ep");
  make_value("s", "a", ValueType::kString);
  make_layout({0});
  add_frame({"ep", kStart, 1}, layouts_[0], {std::string(1000, 'x')});
  write_frames();
  LastPointsQuery query;
  query.application_key = application_;
  query.max_text_bytes = 999;
  EXPECT_EQ(read_last_points(*connection_, query).status().code(),
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace millrace::time_series
