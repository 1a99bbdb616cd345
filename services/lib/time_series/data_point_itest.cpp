// SPDX-License-Identifier: Apache-2.0
//
// The views of migrations/0002_views.sql, compared with the model in memory.
#include <map>
#include <set>
#include <tuple>

#include <gmock/gmock.h>

#include "lib/time_series/reader_fixture.h"

namespace millrace::time_series {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// endpoint, series, value name, time in µs
using ValueAt = std::tuple<std::string, std::string, std::string, std::int64_t>;
// The columns number, boolean and string, as text.
using Columns = std::tuple<std::string, std::string, std::string>;

std::string shown(const postgres::Result& rows, int row, int column) {
  return rows.is_null(row, column) ? "NULL" : std::string(rows.text(row, column));
}

Columns shown(const ModelValue& value) {
  Columns columns{"NULL", "NULL", "NULL"};
  if (const auto* number = std::get_if<double>(&value.value)) {
    if (value.type == ValueType::kBoolean) std::get<1>(columns) = *number != 0 ? "true" : "false";
    if (value.type == ValueType::kNumber) std::get<0>(columns) = fmt::format("{}", *number);
  }
  if (const auto* text = std::get_if<std::string>(&value.value)) std::get<2>(columns) = *text;
  return columns;
}

class DataPointView : public ReaderTest {
 protected:
  void SetUp() override {
    ReaderTest::SetUp();
    make_application(testing::UnitTest::GetInstance()->current_test_info()->name());
  }

  std::string of_application() const {
    return fmt::format("application = '{}'",
                       testing::UnitTest::GetInstance()->current_test_info()->name());
  }

  std::map<ValueAt, Columns> read_view(const std::string& condition) {
    const auto rows = connection_->execute(
        "SELECT endpoint_id, series, value_name, (extract(epoch FROM time) * 1000000)::bigint,"
        " number::text, boolean::text, string FROM time_series.data_point WHERE " +
        of_application() + " AND " + condition);
    EXPECT_TRUE(rows.ok()) << rows.status();
    std::map<ValueAt, Columns> points;
    for (int row = 0; row < rows->rows(); ++row) {
      const ValueAt place{std::string(rows->text(row, 0)), std::string(rows->text(row, 1)),
                          std::string(rows->text(row, 2)), rows->int8(row, 3)};
      const Columns columns{shown(*rows, row, 4), shown(*rows, row, 5), shown(*rows, row, 6)};
      EXPECT_TRUE(points.emplace(place, columns).second) << "a value is there twice";
    }
    return points;
  }

  template <typename Condition>
  std::map<ValueAt, Columns> expected(const Condition& counts) const {
    std::map<ValueAt, Columns> points;
    for (const auto& [of, times] : model_) {
      for (const auto& [time, point] : times) {
        for (const auto& [name, value] : point) {
          const ValueAt place{of.first, of.second, name, time};
          if (counts(place)) points.emplace(place, shown(value));
        }
      }
    }
    return points;
  }

  std::string explain(const std::string& condition) {
    const auto rows = connection_->execute(
        "EXPLAIN (COSTS OFF) SELECT time, number FROM time_series.data_point WHERE " +
        of_application() + " AND " + condition + " ORDER BY time");
    EXPECT_TRUE(rows.ok()) << rows.status();
    std::string plan;
    for (int row = 0; row < rows->rows(); ++row) plan += std::string(rows->text(row, 0)) + "\n";
    return plan;
  }
};

TEST_F(DataPointView, HasTheValuesOfTheModel) {
  std::mt19937 random(7);
  make_random_frames(random);
  const auto points = read_view("true");
  EXPECT_EQ(points, expected([](const ValueAt&) { return true; }));
  EXPECT_GT(points.size(), 900u);
}

TEST_F(DataPointView, HasThoseOfARangeOfOneSeries) {
  std::mt19937 random(8);
  make_random_frames(random);
  for (int i = 0; i < 40; ++i) {
    const std::int64_t from = random_instant(random);
    const std::int64_t to = random_instant(random);
    const char* series = i % 2 == 0 ? "place" : "changed";
    const auto points = read_view(
        fmt::format("endpoint_id = 'ep-2' AND series = '{}' AND time BETWEEN"
                    " to_timestamp({}) + interval '{} us' AND"
                    " to_timestamp({}) + interval '{} us'",
                    series, from / 1'000'000, from % 1'000'000, to / 1'000'000, to % 1'000'000));
    EXPECT_EQ(points, expected([&](const ValueAt& place) {
                const auto& [endpoint, its_series, name, time] = place;
                return endpoint == "ep-2" && its_series == series && from <= time && time <= to;
              }));
  }
}

TEST_F(DataPointView, ShowsEachTypeInItsColumnAndNullInNone) {
  make_endpoint("ep");
  make_value("s", "flag", ValueType::kBoolean);
  make_value("s", "level", ValueType::kNumber);
  make_value("s", "name", ValueType::kString);
  make_layout({0, 1, 2});
  add_frame({"ep", kStart, 1}, layouts_[0], {1.0, -0.5, std::string("x")});
  add_frame({"ep", kStart + 1, 2}, layouts_[0], {0.0, Value(), Value()});
  write_frames();
  const auto points = read_view("true");
  EXPECT_EQ(points.at({"ep", "s", "flag", kStart}), Columns("NULL", "true", "NULL"));
  EXPECT_EQ(points.at({"ep", "s", "level", kStart}), Columns("-0.5", "NULL", "NULL"));
  EXPECT_EQ(points.at({"ep", "s", "name", kStart}), Columns("NULL", "NULL", "x"));
  EXPECT_EQ(points.at({"ep", "s", "flag", kStart + 1}), Columns("NULL", "false", "NULL"));
  EXPECT_EQ(points.at({"ep", "s", "level", kStart + 1}), Columns("NULL", "NULL", "NULL"));
  EXPECT_EQ(points.at({"ep", "s", "name", kStart + 1}), Columns("NULL", "NULL", "NULL"));
  EXPECT_EQ(points.size(), 6u);
}

TEST_F(DataPointView, TheLaterWriteOfAnInstantCounts) {
  make_endpoint("ep");
  make_value("s", "value", ValueType::kNumber);
  make_value("s", "other", ValueType::kNumber);
  make_value("s", "value", ValueType::kString);  // the rules changed
  make_layout({0});
  make_layout({0, 1});
  make_layout({2});
  add_frame({"ep", kStart, 2}, layouts_[0], {1.0});
  add_frame({"ep", kStart, 1}, layouts_[1], {7.0, 8.0});
  add_frame({"ep", kStart + 1, 1}, layouts_[0], {1.0});
  add_frame({"ep", kStart + 1, 2}, layouts_[2], {std::string("text")});
  add_frame({"ep", kStart + 2, 1}, layouts_[0], {1.0});
  add_frame({"ep", kStart + 2, 2}, layouts_[1], {Value(), 2.0});
  write_frames();
  const auto points = read_view("true");
  EXPECT_EQ(points.at({"ep", "s", "value", kStart}), Columns("1", "NULL", "NULL"));
  EXPECT_EQ(points.at({"ep", "s", "other", kStart}), Columns("8", "NULL", "NULL"));
  EXPECT_EQ(points.at({"ep", "s", "value", kStart + 1}), Columns("NULL", "NULL", "text"));
  EXPECT_EQ(points.at({"ep", "s", "value", kStart + 2}), Columns("NULL", "NULL", "NULL"));
  EXPECT_EQ(points.size(), 5u);
}

// The tables are so small that PostgreSQL would rather read them whole.
TEST_F(DataPointView, ReadsOnlyARangeOfThePrimaryKeyInThePartitionsOfTheTime) {
  std::mt19937 random(9);
  make_random_frames(random);
  script("ANALYZE time_series.frame; SET enable_seqscan = off");
  const std::string plan = explain(
      fmt::format("endpoint_id = 'ep-1' AND series = 'auto~a' AND time BETWEEN to_timestamp({})"
                  " AND to_timestamp({})",
                  (kStart + 2 * kDay) / 1'000'000, (kStart + 2 * kDay) / 1'000'000 + 3600));
  EXPECT_THAT(plan, HasSubstr("Index Scan using itest_2_pkey on itest_2"));
  EXPECT_THAT(plan, HasSubstr("Index Cond: ((endpoint_key = e.endpoint_key) AND (\"time\" >="));
  EXPECT_THAT(plan, AllOf(Not(HasSubstr("itest_1")), Not(HasSubstr("itest_3"))));
  // One range, whatever number of layouts has the series.
  EXPECT_EQ(plan.find("itest_2_pkey"), plan.rfind("itest_2_pkey"));
}

TEST_F(DataPointView, SeriesListsWhatAnEndpointHasWithItsTypes) {
  std::mt19937 random(10);
  make_random_frames(random);
  const auto rows = connection_->execute(
      "SELECT series || '/' || value_name || ' ' || value_type FROM time_series.series WHERE " +
      of_application() + " AND endpoint_id = 'ep-1' ORDER BY 1");
  ASSERT_TRUE(rows.ok()) << rows.status();
  std::vector<std::string> listed;
  for (int row = 0; row < rows->rows(); ++row) listed.emplace_back(rows->text(row, 0));
  EXPECT_THAT(
      listed,
      ElementsAre("auto~B/value number", "auto~a/value number", "auto~b/value number",
                  "changed/value number", "changed/value string", "place/fix boolean",
                  "place/lat number", "place/lon number", "place/name string",
                  "together~x/value number", "together~y/value number", "together~z/value number"));
}

}  // namespace
}  // namespace millrace::time_series
