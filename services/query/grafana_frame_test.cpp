// SPDX-License-Identifier: Apache-2.0
#include "query/grafana_frame.h"

#include <cmath>

#include <gmock/gmock.h>

namespace millrace::query {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using time_series::Direction;

std::vector<time::UnixMicros> times(const std::vector<std::int64_t>& us) {
  std::vector<time::UnixMicros> result;
  for (const std::int64_t one : us) result.push_back(time::from_unix_us(one));
  return result;
}

GrafanaFrame two_endpoints() {
  return {"auto~a", "auto~a",
          "value",  GrafanaKind::kNumber,
          "°C",     {{"e1", times({1, 3}), {10, 30}, {}}, {"e2", times({2, 3, 4}), {2, 3, 4}, {}}},
          ""};
}

std::vector<std::int64_t> times_of(const grafanav3::Frame& frame) {
  std::vector<std::int64_t> us;
  for (const auto& time : frame.timestamps()) {
    us.push_back(time.seconds() * 1'000'000 + time.nanos() / 1000);
  }
  return us;
}

// The plugin joins the fields of pages by their names alone: no two may have one name.
TEST(GrafanaFrame, EndpointsAreFieldsOfOneFrameWithNaNWhereOneHasNoPoint) {
  const grafanav3::Frame frame = joined(two_endpoints(), "demo", Direction::kAscending);
  EXPECT_EQ(frame.metric(), "auto~a");
  EXPECT_THAT(times_of(frame), ElementsAre(1, 2, 3, 4));
  ASSERT_EQ(frame.fields_size(), 2);
  EXPECT_EQ(frame.fields(0).name(), "value e1");
  EXPECT_EQ(frame.fields(1).name(), "value e2");
  EXPECT_EQ(frame.fields(0).labels(0).value(), "demo");
  EXPECT_EQ(frame.fields(0).labels(1).value(), "e1");
  EXPECT_EQ(frame.fields(0).config().unit(), "°C");
  const auto& first = frame.fields(0).values();
  ASSERT_EQ(first.size(), 4);
  EXPECT_EQ(first[0], 10);
  EXPECT_TRUE(std::isnan(first[1]));
  EXPECT_EQ(first[2], 30);
  EXPECT_TRUE(std::isnan(first[3]));
  EXPECT_TRUE(std::isnan(frame.fields(1).values(0)));
  EXPECT_EQ(frame.meta().notices_size(), 0);
}

TEST(GrafanaFrame, FallingTimesStayFalling) {
  GrafanaFrame frame = two_endpoints();
  for (GrafanaColumn& column : frame.columns) {
    std::reverse(column.times.begin(), column.times.end());
    std::reverse(column.numbers.begin(), column.numbers.end());
  }
  const grafanav3::Frame to = joined(frame, "demo", Direction::kDescending);
  EXPECT_THAT(times_of(to), ElementsAre(4, 3, 2, 1));
  EXPECT_EQ(to.fields(0).values(1), 30);
  EXPECT_EQ(to.fields(1).values(0), 4);
}

TEST(GrafanaFrame, AFieldWithoutPointsIsAsLongAsTheOthers) {
  GrafanaFrame frame = two_endpoints();
  frame.columns[1] = {"e2", {}, {}, {}};
  const grafanav3::Frame to = joined(frame, "demo", Direction::kAscending);
  EXPECT_EQ(to.timestamps_size(), 2);
  EXPECT_EQ(to.fields(1).values_size(), 2);
}

TEST(GrafanaFrame, TheOnlyEndpointLendsTheFieldNoName) {
  GrafanaFrame frame = two_endpoints();
  frame.columns.resize(1);
  frame.kind = GrafanaKind::kBoolean;
  frame.notice = "cut";
  const grafanav3::Frame to = joined(frame, "demo", Direction::kAscending);
  EXPECT_EQ(to.fields(0).name(), "value");
  ASSERT_EQ(to.fields(0).config().mappings_size(), 2);
  EXPECT_EQ(to.fields(0).config().mappings(1).text(), "true");
  ASSERT_EQ(to.meta().notices_size(), 1);
  EXPECT_EQ(to.meta().notices(0).text(), "cut");
}

TEST(GrafanaFrame, StringsAreOfTheirOwnKind) {
  GrafanaFrame frame = two_endpoints();
  frame.kind = GrafanaKind::kText;
  frame.columns = {{"e1", times({1}), {}, {"on"}}, {"e2", times({2}), {}, {"off"}}};
  const grafanav3::Frame to = joined(frame, "demo", Direction::kAscending);
  EXPECT_THAT(to.fields(0).stringvalues(), ElementsAre("on", ""));
  EXPECT_THAT(to.fields(0).values(), IsEmpty());
}

TEST(GrafanaFrame, RowsOfAllColumnsTogetherAreBounded) {
  EXPECT_EQ(row_bound(two_endpoints(), 4, Direction::kAscending), std::nullopt);
  EXPECT_EQ(row_bound(two_endpoints(), 3, Direction::kAscending), time::from_unix_us(3));
  EXPECT_EQ(row_bound(two_endpoints(), 1, Direction::kAscending), time::from_unix_us(1));
  EXPECT_EQ(row_bound(two_endpoints(), 1, Direction::kDescending), time::from_unix_us(4));
}

TEST(GrafanaFrame, WhatLiesBehindABoundIsDropped) {
  GrafanaColumn column = two_endpoints().columns[1];
  cut_behind(column, time::from_unix_us(3), Direction::kAscending);
  EXPECT_EQ(column.times, times({2, 3}));
  EXPECT_THAT(column.numbers, ElementsAre(2, 3));
  GrafanaColumn falling{"e", times({4, 3, 2}), {}, {"d", "c", "b"}};
  cut_behind(falling, time::from_unix_us(3), Direction::kDescending);
  EXPECT_THAT(falling.texts, ElementsAre("d", "c"));
  cut_behind(falling, time::from_unix_us(5), Direction::kDescending);
  EXPECT_THAT(falling.times, IsEmpty());
}

TEST(GrafanaFrame, StringsAreCutWhereTheyAreTooLong) {
  GrafanaColumn column{"e", times({1, 2, 3}), {}, {"aa", "bb", "c"}};
  EXPECT_FALSE(cut_strings(column, 5));
  EXPECT_TRUE(cut_strings(column, 4));
  EXPECT_THAT(column.texts, ElementsAre("aa", "bb"));
  EXPECT_EQ(column.times, times({1, 2}));
  EXPECT_TRUE(cut_strings(column, 1));
  EXPECT_THAT(column.times, IsEmpty());
}

TEST(GrafanaFrame, LastValuesHaveAFrameAndATimeEach) {
  GrafanaFrame frame = two_endpoints();
  frame.columns = {{"e1", times({5}), {1}, {}}, {"e2", {}, {}, {}}, {"e3", times({7}), {3}, {}}};
  grafanav3::GetMetricValueResponse response;
  add_last(response, frame, "demo");
  ASSERT_EQ(response.frames_size(), 2);
  EXPECT_EQ(response.frames(0).fields(0).value(), 1);
  EXPECT_EQ(response.frames(1).timestamp().nanos(), 7000);
  EXPECT_EQ(response.frames(1).fields(0).name(), "value e3");
  EXPECT_EQ(response.frames(1).fields(0).labels(1).value(), "e3");
}

}  // namespace
}  // namespace millrace::query
