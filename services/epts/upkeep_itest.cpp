// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <latch>

#include <gmock/gmock.h>

#include "epts/fakes.h"
#include "epts/itest_database.h"
#include "epts/schema.h"
#include "epts/upkeep.h"

namespace millrace::epts {
namespace {

class DatabaseUpkeepTest : public testing::Test {
 protected:
  void look_once(const postgres::ConnectionOptions& options) {
    std::latch looked(1);
    bool first = true;
    const DatabaseUpkeep upkeep(
        options, {std::chrono::days(30), 10},
        [this](postgres::Connection&) {
          ++looks_at_ledger_;
          return absl::OkStatus();
        },
        outside_.platform,
        [&] {
          if (std::exchange(first, false)) looked.count_down();
        });
    looked.wait();
  }

  std::atomic<int> looks_at_ledger_ = 0;
  FakeOutside outside_;
};

TEST_F(DatabaseUpkeepTest, MakesPartitionsAndDeletesOldRejectedSamples) {
  make_schema();
  run_sql(
      "INSERT INTO time_series.application (name) VALUES ('a');"
      "INSERT INTO time_series.rejected_sample SELECT application_key, 'ep', now(), n, 'v', 'r',"
      " 'd', false, '', false, 1, 'c', now() - n * interval '1 minute'"
      " FROM time_series.application, generate_series(1, 25) AS n");
  look_once(database_options(itest_settings()));
  EXPECT_TRUE(outside_.readiness.ready());
  EXPECT_EQ(ask("SELECT count(*) FROM time_series.rejected_sample"), "10");
  EXPECT_EQ(ask("SELECT count(*) FROM pg_inherits"
                " WHERE inhparent = 'time_series.frame'::regclass"),
            "2");
  EXPECT_EQ(outside_.count("millrace_epts_expired_rejected_samples_total"), 15);
  EXPECT_EQ(looks_at_ledger_, 1);
}

TEST_F(DatabaseUpkeepTest, SaysThatPostgresqlIsAway) {
  postgres::ConnectionOptions nowhere;
  nowhere.url = "postgresql://127.0.0.1:1/none";
  look_once(nowhere);
  EXPECT_FALSE(outside_.readiness.ready());
  EXPECT_THAT(outside_.readiness.to_json(), testing::HasSubstr("127.0.0.1:1"));
}

}  // namespace
}  // namespace millrace::epts
