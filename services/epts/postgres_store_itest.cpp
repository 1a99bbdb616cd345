// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "epts/fakes.h"
#include "epts/itest_database.h"
#include "epts/postgres_store.h"
#include "epts/schema.h"

namespace millrace::epts {
namespace {

class PostgresStoreTest : public testing::Test {
 protected:
  void SetUp() override { make_schema(); }

  absl::Status write(PostgresStore& store, std::int64_t seq) {
    time_series::SampleBatch batch;
    batch.begin_upload({"app", "v1", "ep", "c", 1});
    std::string shape;
    append_value_name(shape, time_series::ValueType::kNumber, "", "a");
    const double number = 1;
    time_series::SampleBatch::Facts facts;
    facts.seq = seq;
    facts.time = outside_.clock.now() + std::chrono::seconds(seq);
    batch.add_sample(facts, shape, {&number, 1});
    time_series::WriteOutcome outcome;
    return store.write(batch, {0, 1}, time_series::Delivery::kFirst, outcome);
  }

  FakeOutside outside_;
};

TEST_F(PostgresStoreTest, ConnectsWhenFirstNeededAndAgainAfterALoss) {
  PostgresStore store(database_options(itest_settings()), {}, outside_.platform);
  EXPECT_TRUE(write(store, 1).ok());
  ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
      " AND datname = current_database()");
  EXPECT_TRUE(absl::IsUnavailable(write(store, 2)));
  EXPECT_TRUE(write(store, 2).ok());
  EXPECT_EQ(ask("SELECT count(*) FROM time_series.frame"), "2");
}

TEST_F(PostgresStoreTest, TakesNoFailureToConnectForAFaultOfTheSamples) {
  for (const char* url : {"postgresql://127.0.0.1:1/none", "no url at all"}) {
    postgres::ConnectionOptions options;
    options.url = url;
    PostgresStore store(options, {}, outside_.platform);
    EXPECT_TRUE(absl::IsUnavailable(write(store, 1))) << url;
  }
}

TEST_F(PostgresStoreTest, TakesAMissingSchemaForAnOutage) {
  drop_schema();
  PostgresStore store(database_options(itest_settings()), {}, outside_.platform);
  const absl::Status written = write(store, 1);
  EXPECT_FALSE(written.ok());
  EXPECT_FALSE(absl::IsInvalidArgument(written)) << written;
}

}  // namespace
}  // namespace millrace::epts
