// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "lib/time_series/last_points_reader.h"
#include "lib/time_series/reader_fixture.h"
#include "lib/time_series/series_catalogue_reader.h"

namespace millrace::time_series {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(ReaderTest, ListsSeriesOfAnApplicationAndOfEndpoints) {
  make_application("listed");
  make_endpoint("ep-1");
  make_endpoint("ep-2");
  make_value("place", "lon", ValueType::kNumber);
  make_value("place", "lat", ValueType::kNumber);
  make_value("auto~b", "value", ValueType::kNumber);
  make_value("Auto", "value", ValueType::kString);
  make_layout({0, 1});
  make_layout({2, 3});
  add_frame({"ep-1", kStart, 1}, layouts_[0], {1.0, 2.0});
  add_frame({"ep-2", kStart, 1}, layouts_[1], {1.0, "x"});
  write_frames();
  const SeriesDescription place{"place",
                                {{"lat", ValueType::kNumber}, {"lon", ValueType::kNumber}}};
  const SeriesDescription b{"auto~b", {{"value", ValueType::kNumber}}};
  const SeriesDescription upper{"Auto", {{"value", ValueType::kString}}};
  EXPECT_THAT(*list_series(*connection_, application_, {}), ElementsAre(upper, b, place));
  EXPECT_THAT(*list_series(*connection_, application_, {"ep-1"}), ElementsAre(place));
  EXPECT_THAT(*list_series(*connection_, application_, {"ep-2", "ep-1"}),
              ElementsAre(upper, b, place));
  EXPECT_THAT(*list_series(*connection_, application_, {"nowhere"}), IsEmpty());
}

class WideEndpointTest : public ReaderTest {
 protected:
  static constexpr int kLayouts = 2000;
  static constexpr int kValues = 200;

  // An endpoint whose every layout has all values, and a frame of the last layout.
  void make_wide_endpoint(const std::string& application) {
    make_application(application);
    endpoint_ = make_endpoint("wide");
    script(fmt::format(
        "INSERT INTO time_series.series_value (application_key, series_name, value_name,"
        " value_type) SELECT {0}, 's' || to_char(n, 'FM000'), 'value', 1"
        " FROM generate_series(1, {1}) n ORDER BY n;"
        "INSERT INTO time_series.layout (application_key, number_keys, text_keys, digest)"
        " SELECT {0}, (SELECT array_agg(value_key ORDER BY value_key) FROM"
        "   time_series.series_value WHERE application_key = {0}), '{{}}', int4send(n)"
        " FROM generate_series(1, {2}) n ORDER BY n;"
        "INSERT INTO time_series.endpoint_layout SELECT {3}, layout_key FROM time_series.layout"
        " WHERE application_key = {0}",
        application_, kValues, kLayouts, endpoint_));
    for (int n = 1; n <= kValues; ++n) names_.push_back(fmt::format("s{:03}", n));
    script(
        fmt::format("INSERT INTO time_series.frame SELECT {}, max(layout_key), to_timestamp({}), 1,"
                    " (SELECT array_agg(n::float8 ORDER BY n) FROM generate_series(1, {}) n)"
                    " FROM time_series.layout WHERE application_key = {}",
                    endpoint_, kStart / 1'000'000, kValues, application_));
  }

  std::int32_t endpoint_ = 0;
  std::vector<std::string> names_;
};

TEST_F(WideEndpointTest, FindsManySeriesInManyLayoutsAFewAtATime) {
  make_wide_endpoint("wide-found");
  const auto keys = read_keys(*connection_, application_, names_);
  ASSERT_TRUE(keys.ok()) << keys.status();
  auto finder = SeriesFinder::open(*connection_, application_, "wide", *keys);
  ASSERT_TRUE(finder.ok()) << finder.status();
  std::size_t series = 0;
  while (!finder->at_end()) {
    const auto found = finder->next(*connection_);
    ASSERT_TRUE(found.ok()) << found.status();
    ASSERT_LE(found->size() * kLayouts, SeriesFinder::kMaxSlots);
    for (const StoredSeries& one : *found) {
      ASSERT_EQ(one.name, names_[series]);
      ASSERT_EQ(one.layouts.size(), std::size_t{kLayouts});
      ASSERT_THAT(one.layouts.front().slots, ElementsAre(static_cast<int>(++series)));
    }
  }
  EXPECT_EQ(series, names_.size());
}

TEST_F(WideEndpointTest, ReadsItsRangesAndLastPoints) {
  make_wide_endpoint("wide-read");
  RangeQuery query = everything();
  query.endpoint_ids = {"wide"};
  query.series_names = {"s200", "nothing", "s001"};
  EXPECT_THAT(read(query, {}), ElementsAre(SeenPoint{"wide", "s001", kStart, {{"value", 1.0}}},
                                           SeenPoint{"wide", "s200", kStart, {{"value", 200.0}}}));
  LastPointsQuery last;
  last.application_key = application_;
  const auto points = read_last_points(*connection_, last);
  ASSERT_TRUE(points.ok()) << points.status();
  ASSERT_EQ(points->size(), std::size_t{kValues});
  EXPECT_EQ(points->back().series_name, "s200");
  EXPECT_EQ(points->back().values[0].value.number, 200);
}

TEST_F(ReaderTest, FindsOnlyWhatTheEndpointHas) {
  make_application("slots-found");
  make_endpoint("ep");
  make_endpoint("empty");
  make_value("place", "lat", ValueType::kNumber);
  make_value("place", "lon", ValueType::kNumber);
  make_value("place", "name", ValueType::kString);
  make_value("other", "value", ValueType::kNumber);
  make_layout({1, 2});
  make_layout({1});
  add_frame({"ep", kStart, 1}, layouts_[0], {2.0, "x"});
  add_frame({"ep", kStart, 1}, layouts_[1], {2.0});
  write_frames();
  const auto keys = read_keys(*connection_, application_, {"place", "other", "none"});
  ASSERT_TRUE(keys.ok()) << keys.status();
  ASSERT_EQ(keys->size(), 2U);
  auto finder = SeriesFinder::open(*connection_, application_, "ep", *keys);
  const auto found = finder->next(*connection_);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(finder->at_end());
  ASSERT_EQ(found->size(), 1U);
  const StoredSeries& place = found->front();
  EXPECT_THAT(place.values, ElementsAre(ValueDescription{"lon", ValueType::kNumber},
                                        ValueDescription{"name", ValueType::kString}));
  ASSERT_EQ(place.layouts.size(), 2U);
  EXPECT_THAT(place.layouts[0].slots, ElementsAre(1, 1));
  EXPECT_THAT(place.layouts[1].slots, ElementsAre(1, 0));
  EXPECT_THAT(*SeriesFinder::open(*connection_, application_, "empty", *keys)->next(*connection_),
              IsEmpty());
  EXPECT_TRUE(SeriesFinder::open(*connection_, application_, "nowhere", *keys)->at_end());
}

}  // namespace
}  // namespace millrace::time_series
