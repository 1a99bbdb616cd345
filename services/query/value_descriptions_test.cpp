// SPDX-License-Identifier: Apache-2.0
#include "query/value_descriptions.h"

#include <gtest/gtest.h>

namespace millrace::query {
namespace {

TEST(ValueDescriptionsTest, AreThoseOfTheRuleOfThatSeriesAndValue) {
  configuration::v1::SeriesRules rules;
  auto& rule = *rules.add_series();
  rule.set_name("location");
  auto& value = *rule.add_values();
  value.set_name("latitude");
  value.set_unit("°");
  value.set_description("north is positive");

  v1::ListTimeSeriesResponse response;
  for (const char* name : {"auto~latitude", "location"}) {
    auto& series = *response.add_time_series();
    series.set_name(name);
    series.add_values()->set_name("latitude");
    series.add_values()->set_name("altitude");
  }
  describe(rules, response);
  EXPECT_EQ(response.time_series(1).values(0).unit(), "°");
  EXPECT_EQ(response.time_series(1).values(0).description(), "north is positive");
  EXPECT_EQ(response.time_series(1).values(1).unit(), "");
  EXPECT_EQ(response.time_series(0).values(0).unit(), "");
}

}  // namespace
}  // namespace millrace::query
