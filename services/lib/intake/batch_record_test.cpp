// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/batch_record.h"

#include <limits>

#include <gtest/gtest.h>

#include "millrace/telemetry/v1/data_samples.pb.h"

namespace millrace::intake {
namespace {

using telemetry::v1::DataSamplesBatch;

// As protobuf itself writes it.
std::string by_protobuf(const EventFields& fields) {
  DataSamplesBatch batch;
  auto& event = *batch.add_events();
  event.set_correlation_id(std::string(fields.correlation_id));
  event.set_receipt_time_us(fields.receipt_time_us);
  event.set_application_name(std::string(fields.application_name));
  event.set_app_version_name(std::string(fields.app_version_name));
  event.set_endpoint_id(std::string(fields.endpoint_id));
  event.set_data_samples(std::string(fields.data_samples));
  event.set_sample_count(fields.sample_count);
  event.set_traceparent(std::string(fields.traceparent));
  return batch.SerializeAsString();
}

constexpr EventFields kFull{
    .correlation_id = "0123456789abcdefghij-12345678",
    .receipt_time_us = 1'700'000'000'000'123,
    .application_name = "bsd9j82ikfmmfgrjagmg",
    .app_version_name = "bsd9j82ikfmmfgrjagmg-v1",
    .endpoint_id = "6d2a9a43-9b1f-4b7c-9b1e-2f6c0a5f1a11",
    .data_samples = R"([{"t":1},{"t":2}])",
    .sample_count = 2,
    .traceparent = "00-11111111111111111111111111111111-b7ad6b7169203331-01",
};

TEST(BatchRecord, IsWhatProtobufWrites) {
  EXPECT_EQ(batch_record(kFull), by_protobuf(kFull));
  EXPECT_EQ(batch_record({}), by_protobuf({}));
}

TEST(BatchRecord, LeavesOutWhatIsEmptyAsProtobufDoes) {
  EventFields fields = kFull;
  fields.traceparent = {};
  EXPECT_EQ(batch_record(fields), by_protobuf(fields));
  fields.correlation_id = {};
  fields.receipt_time_us = 0;
  EXPECT_EQ(batch_record(fields), by_protobuf(fields));
  EXPECT_EQ(batch_record({.sample_count = 1}), by_protobuf({.sample_count = 1}));
}

// Where a length takes one more byte, of a text and of the event around it; and the extremes of
// numbers.
TEST(BatchRecord, HasLengthsAndNumbersOfEverySize) {
  for (const std::size_t bytes : {1U, 100U, 127U, 128U, 129U, 300U, 16'383U, 16'384U, 1'000'000U}) {
    const std::string samples(bytes, '7');
    const EventFields fields{.data_samples = samples};
    EXPECT_EQ(batch_record(fields), by_protobuf(fields)) << bytes;
  }
  for (const std::uint32_t count : {1U, 127U, 128U, 16'384U, 4'294'967'295U}) {
    const EventFields fields{.sample_count = count};
    EXPECT_EQ(batch_record(fields), by_protobuf(fields)) << count;
  }
  for (const std::int64_t time : {std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
    const EventFields fields{.receipt_time_us = time};
    EXPECT_EQ(batch_record(fields), by_protobuf(fields)) << time;
  }
}

TEST(BatchRecord, RecordsInARowAreABatch) {
  const std::string large(100'000, '7');
  DataSamplesBatch batch;
  ASSERT_TRUE(batch.ParseFromString(
      batch_record({.correlation_id = "a"}) +
      batch_record({.correlation_id = "b", .data_samples = "[]"}) +
      batch_record({.correlation_id = "c", .data_samples = large, .sample_count = 3})));
  ASSERT_EQ(batch.events_size(), 3);
  EXPECT_EQ(batch.events(0).correlation_id(), "a");
  EXPECT_EQ(batch.events(1).data_samples(), "[]");
  EXPECT_EQ(batch.events(2).data_samples().size(), 100'000U);
  EXPECT_EQ(batch.events(2).sample_count(), 3U);
}

}  // namespace
}  // namespace millrace::intake
