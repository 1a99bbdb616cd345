// SPDX-License-Identifier: Apache-2.0
#include "query/writes.h"

#include <gmock/gmock.h>

namespace millrace::query {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using time_series::ValueType;

v1::DataPointsChunk chunk_of(const std::string& encoded) {
  v1::SubscribeResponse response;
  EXPECT_TRUE(response.ParseFromString(encoded));
  EXPECT_TRUE(response.has_data_points());
  return response.data_points();
}

telemetry::v1::DataPoint& add_point(telemetry::v1::DataPointsEvent& event, std::int64_t time_us,
                                    std::int64_t seq) {
  telemetry::v1::DataPoint& point = *event.add_data_points();
  point.set_timestamp_us(time_us);
  point.set_seq(seq);
  return point;
}

telemetry::v1::DataPointsEvent event() {
  telemetry::v1::DataPointsEvent event;
  event.set_endpoint_id("ep");
  event.set_time_series_name("door");
  auto& first = *add_point(event, 1000, 5).mutable_values();
  first["angle"].set_number(90);
  first["name"].set_string("front");
  first["open"].set_boolean(true);
  auto& second = *add_point(event, 2000, 6).mutable_values();
  second["angle"];  // null
  return event;
}

TEST(Writes, AnEventIsAChunkOfColumns) {
  const auto all = make_writes(event());
  ASSERT_EQ(all.size(), 1U);
  const v1::DataPointsChunk chunk = chunk_of(all[0]->encoded);
  EXPECT_EQ(chunk.endpoint_id(), "ep");
  EXPECT_EQ(chunk.time_series_name(), "door");
  EXPECT_THAT(chunk.timestamps_us(), ElementsAre(1000, 2000));
  ASSERT_EQ(chunk.columns_size(), 3);
  for (const v1::ValueColumn& column : chunk.columns()) {
    EXPECT_THAT(column.present(), ElementsAre(true, false)) << column.name();
    if (column.name() == "angle") {
      EXPECT_THAT(column.numbers(), ElementsAre(90, 0));
    }
    if (column.name() == "name") {
      EXPECT_THAT(column.strings(), ElementsAre("front", ""));
    }
    if (column.name() == "open") {
      EXPECT_THAT(column.booleans(), ElementsAre(true, false));
    }
  }
}

TEST(Writes, WhereAllAreThereNothingIsSaidOfPresence) {
  telemetry::v1::DataPointsEvent one;
  (*add_point(one, 1000, 5).mutable_values())["value"].set_number(1);
  EXPECT_THAT(chunk_of(make_writes(one)[0]->encoded).columns(0).present(), IsEmpty());
}

TEST(Writes, APointThatDoesNotSayWhichWriteItIsIsLeftOut) {
  telemetry::v1::DataPointsEvent one;
  (*add_point(one, 1000, 0).mutable_values())["value"].set_number(1);
  EXPECT_THAT(make_writes(one), IsEmpty());
}

TEST(Writes, AnEventOfManyPointsIsSeveralChunks) {
  telemetry::v1::DataPointsEvent many;
  for (int i = 0; i < 10'001; ++i) {
    (*add_point(many, i, i + 1).mutable_values())["value"].set_number(i);
  }
  const auto all = make_writes(many);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0]->series.points.size(), kMaxChunkPoints);
  EXPECT_EQ(chunk_of(all[1]->encoded).timestamps_us_size(), 1);
}

TEST(Writes, OnlyWhatIsTakenIsEncoded) {
  const SharedWrites writes = make_writes(event())[0];
  ASSERT_EQ(writes->keys.size(), 4U);
  // Of the first point one value, of the second none.
  std::vector<bool> taken(4, false);
  taken[1] = true;
  const v1::DataPointsChunk chunk = chunk_of(encode(*writes, taken));
  EXPECT_THAT(chunk.timestamps_us(), ElementsAre(1000));
  ASSERT_EQ(chunk.columns_size(), 1);
  EXPECT_EQ(chunk.columns(0).name(), writes->series.points[0].values[1].name);
}

TEST(Writes, AKeyNamesAValueOfASeriesOfAnEndpoint) {
  const auto key = [](const std::string& endpoint, const std::string& series,
                      const std::string& name) {
    return make_writes({endpoint, series, {{{}, {{name, ValueType::kNumber, 1, {}}}}}})->keys[0];
  };
  const ValueKey one = key("ep", "s", "v");
  EXPECT_EQ(one, key("ep", "s", "v"));
  EXPECT_NE(one, key("ep2", "s", "v"));
  EXPECT_NE(one, key("ep", "s2", "v"));
  EXPECT_NE(one, key("ep", "s", "v2"));
  EXPECT_NE(key("ab", "c", "v"), key("a", "bc", "v"));
}

TEST(Writes, TwoTypesOfOneNameAreTwoColumns) {
  const SharedWrites writes = make_writes(
      {"ep",
       "s",
       {{{}, {{"v", ValueType::kNumber, 1, {}}}}, {{}, {{"v", ValueType::kString, 2, {}}}}}});
  EXPECT_EQ(chunk_of(writes->encoded).columns_size(), 2);
}

}  // namespace
}  // namespace millrace::query
