// SPDX-License-Identifier: Apache-2.0
#include "query/reply.h"

#include <gmock/gmock.h>

#include "lib/time_series/rejection.h"

namespace millrace::query {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using time_series::ValueType;

TEST(Reply, AChunkHasAColumnForEachValue) {
  time_series::RangeStep step;
  step.endpoint_id = "ep";
  step.series_name = "s";
  step.points.times = {time::from_unix_us(1), time::from_unix_us(-2)};
  step.points.columns = {{{"n", ValueType::kNumber}, {1.5, 0}, {}, {true, false}},
                         {{"t", ValueType::kString}, {}, {"x", "y"}, {true, true}},
                         {{"b", ValueType::kBoolean}, {1, 0}, {}, {true, true}}};
  const v1::DataPointsChunk chunk = chunk_of(step, "token");
  EXPECT_EQ(chunk.endpoint_id(), "ep");
  EXPECT_EQ(chunk.time_series_name(), "s");
  EXPECT_EQ(chunk.resume_token(), "token");
  EXPECT_THAT(chunk.timestamps_us(), ElementsAre(1, -2));
  ASSERT_EQ(chunk.columns_size(), 3);
  EXPECT_EQ(chunk.columns(0).type(), v1::VALUE_TYPE_NUMBER);
  EXPECT_THAT(chunk.columns(0).numbers(), ElementsAre(1.5, 0));
  EXPECT_THAT(chunk.columns(0).present(), ElementsAre(true, false));
  EXPECT_EQ(chunk.columns(1).type(), v1::VALUE_TYPE_STRING);
  EXPECT_THAT(chunk.columns(1).strings(), ElementsAre("x", "y"));
  EXPECT_THAT(chunk.columns(1).present(), IsEmpty()) << "all are present";
  EXPECT_EQ(chunk.columns(2).type(), v1::VALUE_TYPE_BOOLEAN);
  EXPECT_THAT(chunk.columns(2).booleans(), ElementsAre(true, false));
  EXPECT_THAT(chunk.columns(2).numbers(), IsEmpty());
}

TEST(Reply, AnAggregateHasAColumnForEachFunction) {
  AggregateQuery query;
  query.aggregations = {{aggregation::Function::kCount, 0},
                        {aggregation::Function::kLast, 0},
                        {aggregation::Function::kAvg, 0}};
  query.request_digest = "12345678";
  AggregateStep step;
  step.endpoint_id = "ep";
  step.series_name = "s";
  step.value = {"t", ValueType::kString};
  step.rows = {{time::from_unix_us(-5), {2.0, "x", {}}, true},
               {time::from_unix_us(5), {{}, {}, {}}, false}};
  const v1::AggregateChunk chunk = chunk_of(step, query);
  EXPECT_EQ(chunk.endpoint_id(), "ep");
  EXPECT_EQ(chunk.time_series_name(), "s");
  EXPECT_EQ(chunk.value_name(), "t");
  EXPECT_EQ(chunk.value_type(), v1::VALUE_TYPE_STRING);
  EXPECT_THAT(chunk.window_starts_us(), ElementsAre(-5, 5));
  ASSERT_EQ(chunk.columns_size(), 3);
  EXPECT_THAT(chunk.columns(0).numbers(), ElementsAre(2, 0));
  EXPECT_THAT(chunk.columns(0).present(), ElementsAre(true, false));
  EXPECT_THAT(chunk.columns(1).strings(), ElementsAre("x", ""));
  EXPECT_THAT(chunk.columns(1).numbers(), IsEmpty());
  EXPECT_THAT(chunk.columns(2).numbers(), ElementsAre(0, 0));
  EXPECT_THAT(chunk.columns(2).present(), ElementsAre(false, false));
  EXPECT_FALSE(chunk.resume_token().empty());
  step.rows.resize(1);
  EXPECT_THAT(chunk_of(step, query).columns(0).present(), IsEmpty()) << "all are present";
}

TEST(Reply, AChartHasItsPoints) {
  ChartStep step{"ep", "s", {"b", ValueType::kBoolean}, std::chrono::microseconds{7}, 99, {}};
  step.points = {{time::from_unix_us(-1), 0}, {time::from_unix_us(3), 1}};
  const v1::ChartChunk chunk = chunk_of(step);
  EXPECT_EQ(chunk.endpoint_id(), "ep");
  EXPECT_EQ(chunk.value_type(), v1::VALUE_TYPE_BOOLEAN);
  EXPECT_THAT(chunk.timestamps_us(), ElementsAre(-1, 3));
  EXPECT_THAT(chunk.numbers(), ElementsAre(0, 1));
  EXPECT_EQ(chunk.step_us(), 7);
  EXPECT_EQ(chunk.points(), 99);
}

TEST(Reply, ALastPointTellsNullFromAbsent) {
  v1::GetLastDataPointsResponse response;
  fill(response, {{"ep",
                   "s",
                   time::from_unix_us(-1),
                   {{{"b", ValueType::kBoolean}, {false, 1, ""}},
                    {{"n", ValueType::kNumber}, {true, 0, ""}},
                    {{"t", ValueType::kString}, {false, 0, "x"}}}}});
  ASSERT_EQ(response.data_points_size(), 1);
  const v1::LastDataPoint& point = response.data_points(0);
  EXPECT_EQ(point.timestamp().seconds(), -1);
  EXPECT_EQ(point.timestamp().nanos(), 999'999'000);
  ASSERT_EQ(point.values_size(), 3);
  EXPECT_TRUE(point.values(0).boolean());
  EXPECT_EQ(point.values(1).name(), "n");
  EXPECT_EQ(point.values(1).kind_case(), v1::NamedValue::KIND_NOT_SET);
  EXPECT_EQ(point.values(2).string(), "x");
}

TEST(Reply, SeriesWithoutAPointHaveNoExtent) {
  v1::ListTimeSeriesResponse response;
  for (const char* name : {"a", "b", "c"}) response.add_time_series()->set_name(name);
  fill_extents(response, {{"b", time::from_unix_us(-1), time::from_unix_us(2'000'001), 7},
                          {"bb", time::from_unix_us(0), time::from_unix_us(0), 1}});
  EXPECT_FALSE(response.time_series(0).has_extent());
  EXPECT_FALSE(response.time_series(2).has_extent());
  const v1::TimeSeriesExtent& extent = response.time_series(1).extent();
  EXPECT_EQ(extent.first_time().nanos(), 999'999'000);
  EXPECT_EQ(extent.last_time().seconds(), 2);
  EXPECT_EQ(extent.last_time().nanos(), 1000);
  EXPECT_EQ(extent.estimated_points(), 7);
}

TEST(Reply, SeriesHaveTheirValuesWithTypes) {
  v1::ListTimeSeriesResponse response;
  fill(response, {{"s", {{"a", ValueType::kNumber}, {"b", ValueType::kString}}}});
  ASSERT_EQ(response.time_series_size(), 1);
  EXPECT_EQ(response.time_series(0).name(), "s");
  ASSERT_EQ(response.time_series(0).values_size(), 2);
  EXPECT_EQ(response.time_series(0).values(1).type(), v1::VALUE_TYPE_STRING);
}

TEST(Reply, ARejectedSampleIsAlwaysText) {
  time_series::RejectedSample sample;
  sample.position = {time::from_unix_us(1'000'001), 7, "ep"};
  sample.sample = "{\xFF}\xC3";
  EXPECT_EQ(rejected_sample_of(sample).sample(), "{\xEF\xBF\xBD}\xEF\xBF\xBD");
  sample.sample_cut = true;
  const v1::RejectedSample cut = rejected_sample_of(sample);
  EXPECT_EQ(cut.sample(), "{\xEF\xBF\xBD}");
  EXPECT_TRUE(cut.sample_cut());
  EXPECT_EQ(cut.received_at().seconds(), 1);
  EXPECT_EQ(cut.received_at().nanos(), 1000);
}

TEST(Reply, AnOffendingValueIsTextAlsoWhereItWasCut) {
  time_series::RejectedSample sample;
  sample.path = "a.b";
  sample.value = "\"\xC3";
  sample.sample_count = 3;
  EXPECT_EQ(rejected_sample_of(sample).value(), "\"\xEF\xBF\xBD");
  EXPECT_EQ(rejected_sample_of(sample).path(), "a.b");
  EXPECT_EQ(rejected_sample_of(sample).sample_count(), 3U);
  const std::string longest(time_series::kMaxRejectedValueBytes - 1, 'x');
  sample.value = longest + "\xC3";
  EXPECT_EQ(rejected_sample_of(sample).value(), longest);
}

}  // namespace
}  // namespace millrace::query
