// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/batch_record.h"

#include <gtest/gtest.h>

namespace millrace::intake {
namespace {

telemetry::v1::DataSamplesEvent event(const std::string& id, std::size_t body_bytes) {
  telemetry::v1::DataSamplesEvent result;
  result.set_correlation_id(id);
  result.set_data_samples(std::string(body_bytes, '7'));
  result.set_sample_count(1);
  return result;
}

TEST(BatchRecord, RecordsInARowAreABatch) {
  telemetry::v1::DataSamplesBatch batch;
  ASSERT_TRUE(batch.ParseFromString(batch_record(event("a", 10)) + batch_record(event("b", 300)) +
                                    batch_record(event("c", 100'000))));
  ASSERT_EQ(batch.events_size(), 3);
  EXPECT_EQ(batch.events(0).correlation_id(), "a");
  EXPECT_EQ(batch.events(1).data_samples().size(), 300U);
  EXPECT_EQ(batch.events(2).data_samples().size(), 100'000U);
}

TEST(BatchRecord, IsWhatABatchOfOneSerializesTo) {
  telemetry::v1::DataSamplesBatch batch;
  *batch.add_events() = event("a", 200);
  EXPECT_EQ(batch_record(event("a", 200)), batch.SerializeAsString());
}

}  // namespace
}  // namespace millrace::intake
