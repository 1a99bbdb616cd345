// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include <gmock/gmock.h>

#include "lib/time_series/extent_reader.h"
#include "lib/time_series/reader_fixture.h"

namespace millrace::time_series {
namespace {

using testing::AllOf;
using testing::Ge;
using testing::IsEmpty;
using testing::Le;

// (first, last) in µs, by series.
using Extents = std::map<std::string, std::pair<std::int64_t, std::int64_t>>;

class Extent : public ReaderTest {
 protected:
  std::vector<SeriesExtent> read(const std::vector<std::string>& endpoint_ids,
                                 std::size_t partitions_per_window = kPartitionsPerWindow) {
    const auto found =
        read_extents(*connection_, {application_, endpoint_ids, partitions_per_window});
    EXPECT_TRUE(found.ok()) << found.status();
    return *found;
  }

  Extents of_model(const std::vector<std::string>& endpoint_ids) const {
    Extents extents;
    for (const auto& [which, times] : model_) {
      const auto& ids = endpoint_ids;
      if (std::find(ids.begin(), ids.end(), which.first) == ids.end()) continue;
      const auto first = times.begin()->first;
      const auto last = times.rbegin()->first;
      const auto [known, is_new] = extents.try_emplace(which.second, first, last);
      if (is_new) continue;
      known->second.first = std::min(known->second.first, first);
      known->second.second = std::max(known->second.second, last);
    }
    return extents;
  }
};

TEST_F(Extent, IsWhatTheModelHas) {
  std::mt19937 random(815);
  make_application("extents");
  make_random_frames(random);
  for (const std::vector<std::string>& ids : std::vector<std::vector<std::string>>{
           {"ep-1"}, {"ep-3", "nowhere"}, {"ep-1", "ep-2", "ep-3"}, {"nowhere"}, {}}) {
    for (const std::size_t window : {1, 2, 16}) {
      Extents found;
      std::vector<std::string> names;
      for (const SeriesExtent& extent : read(ids, window)) {
        found[extent.series_name] = {time::to_unix_us(extent.first), time::to_unix_us(extent.last)};
        names.push_back(extent.series_name);
        EXPECT_GE(extent.estimated_points, 1) << extent.series_name;
      }
      EXPECT_EQ(found, of_model(ids)) << window;
      EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
    }
  }
}

TEST_F(Extent, ASeriesWithoutAPointLeftIsNotInIt) {
  make_application("gone");
  make_endpoint("ep");
  make_value("s", "value", ValueType::kNumber);
  make_layout({0});
  add_frame({"ep", kStart, 1}, layouts_[0], {Value(1.0)});
  write_frames();
  ASSERT_EQ(read({"ep"}).size(), 1);
  script("DELETE FROM time_series.frame WHERE endpoint_key = " +
         std::to_string(endpoints_.at("ep")));
  EXPECT_THAT(read({"ep"}), IsEmpty());
}

// Two layouts of one endpoint, and another endpoint that has a hundredth of the frames.
TEST_F(Extent, TheEstimateIsOfTheRightMagnitudeOnceAnalysed) {
  make_application("estimate");
  make_endpoint("busy");
  make_endpoint("quiet");
  make_value("a", "value", ValueType::kNumber);
  make_value("b", "value", ValueType::kNumber);
  make_layout({0});
  make_layout({1});
  const auto insert = [this](const char* endpoint, std::size_t layout, int count) {
    script(fmt::format(
        "INSERT INTO time_series.endpoint_layout VALUES ({0}, {1});"
        "INSERT INTO time_series.frame SELECT {0}, {1}, to_timestamp({2}) + n * interval '1 s',"
        " n, '{{1}}', NULL FROM generate_series(1, {3}) n;",
        endpoints_.at(endpoint), layouts_[layout].key, kStart / 1'000'000, count));
  };
  insert("busy", 0, 10'000);
  insert("busy", 1, 10'000);
  insert("quiet", 0, 200);
  for (int day = 0; day < kDays; ++day) script(fmt::format("ANALYZE time_series.itest_{}", day));
  const auto busy = read({"busy"});
  ASSERT_EQ(busy.size(), 2);
  for (const SeriesExtent& extent : busy) {
    EXPECT_THAT(extent.estimated_points, AllOf(Ge(5'000), Le(20'000))) << extent.series_name;
  }
  const auto quiet = read({"quiet"});
  ASSERT_EQ(quiet.size(), 1);
  EXPECT_THAT(quiet[0].estimated_points, AllOf(Ge(20), Le(2'000)));
  const auto both = read({"quiet", "busy"});
  EXPECT_EQ(both[0].estimated_points, busy[0].estimated_points + quiet[0].estimated_points);
}

}  // namespace
}  // namespace millrace::time_series
