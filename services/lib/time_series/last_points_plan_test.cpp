// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/last_points_plan.h"

#include <gmock/gmock.h>

namespace millrace::time_series {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const WantedValues kWanted = {{1, {"a", {"value", ValueType::kNumber}}},
                              {2, {"b", {"value", ValueType::kNumber}}},
                              {3, {"place", {"lat", ValueType::kNumber}}},
                              {4, {"place", {"lon", ValueType::kNumber}}}};

TEST(LastPointsPlan, OneProbeForAllSeriesOfOneLayout) {
  const auto probes = plan_probes(7, {10}, {{10, {1, 2, 3, 4}}}, kWanted);
  ASSERT_EQ(probes.size(), 1U);
  EXPECT_EQ(probes[0].endpoint, 7U);
  EXPECT_THAT(probes[0].layouts, ElementsAre(10));
  EXPECT_THAT(probes[0].series_names, ElementsAre("a", "b", "place"));
  EXPECT_THAT(probes[0].value_keys, ElementsAre(1, 2, 3, 4));
}

TEST(LastPointsPlan, SeriesThatLieInTheSameLayoutsShareAProbe) {
  const auto probes = plan_probes(0, {10, 11}, {{10, {1, 2}}, {11, {1, 2, 3}}}, kWanted);
  ASSERT_EQ(probes.size(), 2U);
  EXPECT_THAT(probes[0].layouts, ElementsAre(10, 11));
  EXPECT_THAT(probes[0].series_names, ElementsAre("a", "b"));
  EXPECT_THAT(probes[0].value_keys, ElementsAre(1, 2));
  EXPECT_THAT(probes[1].layouts, ElementsAre(11));
  EXPECT_THAT(probes[1].series_names, ElementsAre("place"));
  EXPECT_THAT(probes[1].value_keys, ElementsAre(3));
}

TEST(LastPointsPlan, ASeriesIsLookedUpInEveryLayoutThatHasOneOfItsValues) {
  const auto probes = plan_probes(0, {10, 11}, {{10, {3}}, {11, {4}}}, kWanted);
  ASSERT_EQ(probes.size(), 1U);
  EXPECT_THAT(probes[0].layouts, ElementsAre(10, 11));
}

TEST(LastPointsPlan, LayoutsWithoutWantedValuesNeedNoProbe) {
  EXPECT_THAT(plan_probes(0, {10, 11}, {{10, {}}}, kWanted), IsEmpty());
}

}  // namespace
}  // namespace millrace::time_series
