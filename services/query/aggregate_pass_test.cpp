// SPDX-License-Identifier: Apache-2.0
#include "query/aggregate_pass.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::query {
namespace {

using aggregation::Cell;
using aggregation::Function;
using aggregation::Point;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using time_series::PointBatch;
using time_series::ValueDescription;
using time_series::ValueType;

const ValueDescription kA{"a", ValueType::kNumber};
const ValueDescription kB{"b", ValueType::kNumber};
const ValueDescription kText{"t", ValueType::kString};

time::UnixMicros at(std::int64_t second) {
  return time::UnixMicros{seconds{second}};
}

// Windows of ten seconds.
AggregateQuery query_for(std::vector<aggregation::Aggregation> aggregations) {
  AggregateQuery query;
  query.range = {at(0), at(100)};
  query.rule = aggregation::FixedWindows{seconds{10}};
  query.aggregations = std::move(aggregations);
  return query;
}

AggregatePass::Scope scope_for(std::vector<ValueDescription> values) {
  return {std::move(values), {at(0), at(100)}, at(1000)};
}

// Numbers of one value, or of two of which the second is ten times the first.
PointBatch batch(const std::vector<std::pair<std::int64_t, double>>& points, bool with_b = false) {
  PointBatch batch;
  batch.columns = {{kA, {}, {}, {}}};
  if (with_b) batch.columns.push_back({kB, {}, {}, {}});
  for (const auto& [second, number] : points) {
    batch.times.push_back(at(second));
    double factor = 1;
    for (auto& column : batch.columns) {
      column.numbers.push_back(number * factor);
      column.present.push_back(true);
      factor *= 10;
    }
  }
  return batch;
}

// As in "a 10: 4", windows by their first second.
std::vector<std::string> rows_of(AggregatePass& pass) {
  std::vector<std::string> texts;
  while (true) {
    const ValueRows taken = pass.take(3, true);
    if (taken.rows.empty()) return texts;
    EXPECT_LE(taken.rows.size(), 3U);
    for (const aggregation::Row& row : taken.rows) {
      std::string text =
          fmt::format("{} {}:", taken.value.name, time::to_unix_us(row.start) / 1'000'000);
      for (const Cell& cell : row.cells) {
        const auto* number = std::get_if<double>(&cell);
        text += number != nullptr ? fmt::format(" {}", *number) : std::string(" -");
      }
      texts.push_back(text);
    }
  }
}

TEST(AggregatePass, GivesWindowsOfTheFirstValueAsTheyAreComplete) {
  const AggregateQuery query = query_for({{Function::kSum, 0}});
  AggregatePass pass(query, scope_for({kA, kB}));
  pass.begin_endpoint(batch({}, true));
  ASSERT_TRUE(pass.add(batch({{1, 1}, {2, 2}, {11, 3}}, true)).ok());
  EXPECT_THAT(rows_of(pass), ElementsAre("a 0: 3"));
  EXPECT_FALSE(pass.at_end());
  ASSERT_TRUE(pass.add(batch({{12, 4}, {25, 5}}, true)).ok());
  ASSERT_TRUE(pass.end_endpoint().ok());
  pass.end();
  EXPECT_THAT(rows_of(pass), ElementsAre("a 10: 7", "a 20: 5", "b 0: 30", "b 10: 70", "b 20: 50"));
  EXPECT_TRUE(pass.at_end());
}

TEST(AggregatePass, FewRowsWaitUntilTheyAreAsManyAsWanted) {
  const AggregateQuery query = query_for({{Function::kSum, 0}});
  AggregatePass pass(query, scope_for({kA}));
  pass.begin_endpoint(batch({}));
  ASSERT_TRUE(pass.add(batch({{1, 1}, {11, 3}, {21, 3}})).ok());
  EXPECT_THAT(pass.take(3, false).rows, IsEmpty());
  ASSERT_TRUE(pass.add(batch({{31, 4}})).ok());
  EXPECT_EQ(pass.take(3, false).rows.size(), 3U);
  ASSERT_TRUE(pass.end_endpoint().ok());
  pass.end();
  EXPECT_EQ(pass.take(3, false).rows.size(), 1U);
  EXPECT_TRUE(pass.take(3, false).rows.empty());
  EXPECT_TRUE(pass.at_end());
}

TEST(AggregatePass, AcrossEndpointsNothingIsCompleteBeforeTheEnd) {
  AggregateQuery query = query_for({{Function::kSum, 0}, {Function::kCount, 0}});
  query.across_endpoints = true;
  AggregatePass pass(query, scope_for({kA}));
  for (int endpoint = 0; endpoint < 2; ++endpoint) {
    pass.begin_endpoint(batch({}));
    ASSERT_TRUE(pass.add(batch({{1, 1}, {31, 5}})).ok());
    ASSERT_TRUE(pass.end_endpoint().ok());
    EXPECT_THAT(rows_of(pass), IsEmpty());
  }
  pass.end();
  EXPECT_THAT(rows_of(pass), ElementsAre("a 0: 2 2", "a 30: 10 2"));
}

TEST(AggregatePass, AsksForTheValueBeforeWhenAValueBegins) {
  const AggregateQuery query = query_for({{Function::kDelta, 0}});
  AggregatePass pass(query, scope_for({kA, kB}));
  PointBatch first = batch({{1, 10}}, true);
  first.columns[1].present[0] = false;
  pass.begin_endpoint(first);
  EXPECT_THAT(pass.beginning_in(first, {}), ElementsAre(0));
  pass.set_before(0, Point{at(-5), 4});
  ASSERT_TRUE(pass.add(first).ok());
  const PointBatch second = batch({{12, 20}}, true);
  EXPECT_THAT(pass.beginning_in(second, {}), ElementsAre(1));
  pass.set_before(1, std::nullopt);
  EXPECT_THAT(pass.beginning_in(second, {}), IsEmpty());
  EXPECT_THAT(pass.without_points(), IsEmpty()) << "only where it weighs";
  ASSERT_TRUE(pass.add(second).ok());
  ASSERT_TRUE(pass.end_endpoint().ok());
  pass.end();
  EXPECT_THAT(rows_of(pass), ElementsAre("a 0: 6", "a 10: 10", "b 10: 0"));
}

TEST(AggregatePass, SummariesCountAsTheirPoints) {
  const AggregateQuery query =
      query_for({{Function::kSum, 0}, {Function::kCount, 0}, {Function::kDelta, 0}});
  AggregatePass pass(query, scope_for({kA}));
  const PointBatch nothing = batch({});
  pass.begin_endpoint(nothing);
  std::vector<time_series::RollupPart> quarters(2, {{}, std::vector<aggregation::Summary>(1)});
  EXPECT_THAT(pass.beginning_in(nothing, quarters), IsEmpty()) << "of no point";
  for (const Point& point : {Point{at(11), 5}, Point{at(14), 8}}) {
    quarters[1].summaries[0].add(point);
  }
  EXPECT_THAT(pass.beginning_in(nothing, quarters), ElementsAre(0));
  pass.set_before(0, Point{at(-5), 4});
  pass.add(quarters);
  ASSERT_TRUE(pass.add(batch({{15, 9}, {21, 2}})).ok());
  ASSERT_TRUE(pass.end_endpoint().ok());
  pass.end();
  EXPECT_THAT(rows_of(pass), ElementsAre("a 10: 22 3 5", "a 20: 2 1 -7"));
}

TEST(AggregatePass, NothingIsAskedWhereNoFunctionLooksBack) {
  const AggregateQuery query = query_for({{Function::kAvg, 0}});
  AggregatePass pass(query, scope_for({kA}));
  pass.begin_endpoint(batch({}));
  EXPECT_THAT(pass.beginning_in(batch({{1, 1}}), {}), IsEmpty());
}

TEST(AggregatePass, AcrossEndpointsASilentOneWeighsWhereOthersHavePoints) {
  AggregateQuery query = query_for({{Function::kTimeWeightedAvg, 0}});
  query.across_endpoints = true;
  AggregatePass pass(query, scope_for({kA}));
  pass.begin_endpoint(batch({}));
  const PointBatch loud = batch({{20, 10}});
  EXPECT_THAT(pass.beginning_in(loud, {}), ElementsAre(0));
  pass.set_before(0, std::nullopt);
  ASSERT_TRUE(pass.add(loud).ok());
  ASSERT_TRUE(pass.end_endpoint().ok());
  pass.begin_endpoint(batch({}));
  EXPECT_THAT(pass.without_points(), ElementsAre(0));
  pass.set_before(0, Point{at(-50), 30});
  ASSERT_TRUE(pass.end_endpoint().ok());
  pass.end();
  EXPECT_THAT(rows_of(pass), ElementsAre("a 20: 20"));
}

TEST(AggregatePass, HoldsNoMoreValuesForPercentilesThanAllowed) {
  const AggregateQuery query = query_for({{Function::kPercentile, 50}});
  AggregatePass::Scope scope = scope_for({kA});
  scope.max_held_values = 3;
  AggregatePass pass(query, scope);
  pass.begin_endpoint(batch({}));
  // Windows that are complete count no more.
  ASSERT_TRUE(pass.add(batch({{1, 1}, {2, 2}, {3, 3}, {11, 4}, {12, 5}, {13, 6}})).ok());
  EXPECT_THAT(rows_of(pass), ElementsAre("a 0: 2"));
  const absl::Status status = pass.add(batch({{14, 7}}));
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(error::message(status), HasSubstr("over more than 3 values"));
}

TEST(AggregatePass, AcrossEndpointsTheValuesOfAllWindowsCount) {
  AggregateQuery query = query_for({{Function::kPercentile, 50}});
  query.across_endpoints = true;
  AggregatePass::Scope scope = scope_for({kA});
  scope.max_held_values = 3;
  AggregatePass pass(query, scope);
  pass.begin_endpoint(batch({}));
  ASSERT_TRUE(pass.add(batch({{1, 1}, {11, 4}})).ok());
  ASSERT_TRUE(pass.end_endpoint().ok());
  pass.begin_endpoint(batch({}));
  EXPECT_EQ(pass.add(batch({{1, 1}, {11, 4}})).code(), absl::StatusCode::kResourceExhausted);
}

TEST(AggregatePass, AcrossEndpointsLongStringsOfManyWindowsAreRefused) {
  AggregateQuery query = query_for({{Function::kLast, 0}});
  query.across_endpoints = true;
  AggregatePass pass(query, scope_for({kText}));
  PointBatch texts;
  texts.columns = {{kText, {}, {}, {}}};
  pass.begin_endpoint(texts);
  texts.times = {at(1), at(11)};
  texts.columns[0].texts = {std::string(9 << 20, 'x'), std::string(9 << 20, 'y')};
  texts.columns[0].present = {true, true};
  ASSERT_TRUE(pass.add(texts).ok());
  EXPECT_EQ(pass.end_endpoint().code(), absl::StatusCode::kResourceExhausted);
}

// Each row's token leads to the rows behind it.
TEST(AggregatePass, GoesOnBehindARow) {
  AggregateQuery query = query_for({{Function::kSum, 0}});
  query.fill = aggregation::Fill::kPrevious;
  const PointBatch points = batch({{15, 1}, {45, 2}});
  AggregatePass whole(query, scope_for({kA}));
  whole.begin_endpoint(points);
  ASSERT_TRUE(whole.add(points).ok());
  ASSERT_TRUE(whole.end_endpoint().ok());
  whole.end();
  const ValueRows first = whole.take(4, false);
  EXPECT_EQ(first.rows.back().start, at(30));
  EXPECT_EQ(first.reread_from, at(10));
  const std::vector<std::string> behind = rows_of(whole);

  AggregatePass::Scope scope = scope_for({kA});
  scope.range.start = first.reread_from;
  scope.given_until = first.rows.back().start;
  AggregatePass rest(query, scope);
  rest.begin_endpoint(points);
  ASSERT_TRUE(rest.add(points).ok());
  ASSERT_TRUE(rest.end_endpoint().ok());
  rest.end();
  EXPECT_EQ(rows_of(rest), behind);
  EXPECT_THAT(behind,
              ElementsAre("a 40: 2", "a 50: 2", "a 60: 2", "a 70: 2", "a 80: 2", "a 90: 2"));
}

}  // namespace
}  // namespace millrace::query
