// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

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

}  // namespace
}  // namespace millrace::time_series
