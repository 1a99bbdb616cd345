// SPDX-License-Identifier: Apache-2.0
#include <latch>

#include <gtest/gtest.h>

#include "epts/fakes.h"
#include "epts/itest_database.h"
#include "epts/retention.h"
#include "epts/schema.h"

namespace millrace::epts {
namespace {

class RetentionUpkeepTest : public testing::Test {
 protected:
  // One application with a frame of 1,000 days before PostgreSQL's day.
  void SetUp() override {
    make_schema();
    run_sql(
        "INSERT INTO time_series.application (name) VALUES ('a');"
        "INSERT INTO time_series.endpoint (application_key, endpoint_id) VALUES (1, 'ep');"
        "DO $$ DECLARE week date := date_trunc('week', now() - interval '1000 days'); BEGIN"
        " EXECUTE format('CREATE TABLE time_series.frame_p%s PARTITION OF time_series.frame"
        " FOR VALUES FROM (%L) TO (%L)', to_char(week, 'YYYYMMDD'), week, week + 7); END $$;"
        "INSERT INTO time_series.frame (endpoint_key, layout_key, time, seq)"
        " VALUES (1, 1, now() - interval '1000 days', 1)");
    const auto now = time::SystemClock().now();
    outside_.clock.advance(now - outside_.clock.now());
  }
  void one_round() {
    std::latch done(1);
    bool first = true;
    const RetentionUpkeep upkeep(database_options(itest_settings()), rules_, std::chrono::days(30),
                                 outside_.platform, [&] {
                                   if (std::exchange(first, false)) done.count_down();
                                 });
    done.wait();
  }
  static std::string frames() { return ask("SELECT count(*) FROM time_series.frame"); }

  FakeOutside outside_;
  FakeRules rules_;
};

TEST_F(RetentionUpkeepTest, RemovesWhatIsOlderThanTheDeploymentKeeps) {
  one_round();
  EXPECT_EQ(frames(), "0");
  EXPECT_EQ(outside_.count("millrace_epts_retention_partitions_total"), 1);
}

TEST_F(RetentionUpkeepTest, AnApplicationThatIsNoMoreHasTheDeploymentsToo) {
  rules_.failures["a"] = absl::NotFoundError("no such application");
  one_round();
  EXPECT_EQ(frames(), "0");
}

TEST_F(RetentionUpkeepTest, WhileTheRegistryIsAwayEverythingStays) {
  rules_.failures["a"] = absl::UnavailableError("registry away");
  one_round();
  EXPECT_EQ(frames(), "1");
  EXPECT_EQ(outside_.count("millrace_epts_retention_frames_total"), 0);
}

TEST_F(RetentionUpkeepTest, RulesThatAreOnlyRememberedRemoveNothing) {
  rules_.is_away = true;
  one_round();
  EXPECT_EQ(frames(), "1");
}

TEST_F(RetentionUpkeepTest, AClockThatRunsAheadRemovesNothing) {
  run_sql(
      "DELETE FROM time_series.frame;"
      "DO $$ DECLARE week date := date_trunc('week', now()); BEGIN"
      " EXECUTE format('CREATE TABLE time_series.frame_p%s PARTITION OF time_series.frame"
      " FOR VALUES FROM (%L) TO (%L)', to_char(week, 'YYYYMMDD'), week, week + 7); END $$;"
      "INSERT INTO time_series.frame (endpoint_key, layout_key, time, seq)"
      " VALUES (1, 1, now(), 1)");
  outside_.clock.advance(std::chrono::days(1000));
  one_round();
  EXPECT_EQ(frames(), "1");
}

}  // namespace
}  // namespace millrace::epts
