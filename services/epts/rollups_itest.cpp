// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <latch>

#include <gtest/gtest.h>

#include "epts/fakes.h"
#include "epts/itest_database.h"
#include "epts/rollups.h"
#include "epts/schema.h"

namespace millrace::epts {
namespace {

class RollupUpkeepTest : public testing::Test {
 protected:
  // An endpoint with a frame every ten seconds in three hours, some days before PostgreSQL's day.
  void SetUp() override {
    make_schema();
    run_sql(
        "INSERT INTO time_series.application (name) VALUES ('a');"
        "INSERT INTO time_series.endpoint (application_key, endpoint_id) VALUES (1, 'ep');"
        "INSERT INTO time_series.series_value (application_key, series_name, value_name,"
        " value_type) VALUES (1, 's', 'value', 1);"
        "INSERT INTO time_series.layout (application_key, number_keys, text_keys, digest)"
        " VALUES (1, '{1}', '{}', '');"
        "DO $$ DECLARE week date := date_trunc('week', now() - interval '8 days'); BEGIN"
        " EXECUTE format('CREATE TABLE time_series.frame_p%s PARTITION OF time_series.frame"
        " FOR VALUES FROM (%L) TO (%L)', to_char(week, 'YYYYMMDD'), week, week + 7); END $$;"
        "INSERT INTO time_series.frame (endpoint_key, layout_key, time, seq, numbers)"
        " SELECT 1, 1, date_trunc('week', now() - interval '8 days') + n * interval '10 s', n,"
        " ARRAY[n] FROM generate_series(0, 3 * 360 - 1) n");
    const auto now = time::SystemClock().now();
    outside_.clock.advance(now - outside_.clock.now());
  }
  void one_round(bool enabled = true) {
    std::latch done(1);
    bool first = true;
    const RollupUpkeep upkeep(database_options(itest_settings()), {enabled, 100, 1000},
                              outside_.platform, [&] {
                                if (std::exchange(first, false)) done.count_down();
                              });
    done.wait();
  }
  double gauge(const std::string& name) { return outside_.metrics.gauge(name, "").value(); }

  FakeOutside outside_;
};

TEST_F(RollupUpkeepTest, RollsUpWhatIsThere) {
  one_round();
  EXPECT_EQ(ask("SELECT count(*) FROM time_series.rollup"), "3");
  EXPECT_EQ(outside_.count("millrace_epts_rollup_hours_total"), 3);
  EXPECT_EQ(outside_.count("millrace_epts_rollup_frames_total"), 1080);
  // As it was when the round began.
  EXPECT_TRUE(std::isnan(gauge("millrace_epts_rollup_seal_age_seconds")));
  one_round();
  EXPECT_GE(gauge("millrace_epts_rollup_seal_age_seconds"), 15 * 60);
  EXPECT_LT(gauge("millrace_epts_rollup_seal_age_seconds"), 76 * 60);
  EXPECT_EQ(gauge("millrace_epts_rollup_weeks_left"), 0);
  EXPECT_EQ(gauge("millrace_epts_rollup_marks"), 0);
}

TEST_F(RollupUpkeepTest, TurnedOffThereAreNone) {
  one_round();
  one_round(false);
  EXPECT_EQ(ask("SELECT count(*) FROM time_series.rollup"), "0");
  EXPECT_EQ(ask("SELECT count(sealed_until) FROM time_series.rollup_state"), "0");
}

TEST_F(RollupUpkeepTest, AClockThatRunsAheadSealsNothingEarly) {
  outside_.clock.advance(std::chrono::days(3));
  one_round();
  EXPECT_EQ(ask("SELECT count(*) FROM time_series.rollup_state"
                " WHERE sealed_until * 3600.0 <= extract(epoch FROM now()) - 900"),
            "1");
}

TEST_F(RollupUpkeepTest, SaysWhenPostgresqlIsAway) {
  one_round();
  outside_.metrics.gauge("millrace_epts_rollup_marks", "").set(7);
  run_sql("ALTER TABLE time_series.rollup_state RENAME TO gone");
  one_round();
  EXPECT_TRUE(std::isnan(gauge("millrace_epts_rollup_marks")));
  run_sql("ALTER TABLE time_series.gone RENAME TO rollup_state");
}

}  // namespace
}  // namespace millrace::epts
