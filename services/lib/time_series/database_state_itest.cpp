// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "lib/time_series/database_state.h"
#include "lib/time_series/itest_database.h"

namespace millrace::time_series {
namespace {

TEST(DatabaseState, TellsWhatAnyRoleMaySee) {
  const auto connection = itest_connect();
  const auto state = read_database_state(*connection);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_THAT(state->version, testing::MatchesRegex("[0-9]+\\.[0-9]+"));
  EXPECT_FALSE(state->is_replica);
  EXPECT_GT(state->bytes, 0);
  EXPECT_GE(state->connections, 1);
  EXPECT_GT(state->max_connections, state->connections);
}

TEST(DatabaseState, CountsRejectionsOfTheLastHourByWhoAndWhy) {
  const auto connection = itest_connect();
  const auto inserted = connection->execute_script(
      "DELETE FROM time_series.rejected_sample;"
      "INSERT INTO time_series.application (name) VALUES ('state');"
      "INSERT INTO time_series.rejected_sample SELECT application_key, 'ep' || n % 2, now(), n, "
      "'v',"
      " CASE WHEN n < 6 THEN 'a' ELSE 'b' END, 'd', false, '', false, 1, 'c',"
      " now() - CASE WHEN n = 1 THEN interval '61 minutes' ELSE interval '0' END"
      " FROM time_series.application, generate_series(1, 7) AS n WHERE name = 'state'");
  ASSERT_TRUE(inserted.ok()) << inserted;
  const auto counts = read_recent_rejections(*connection, 3);
  ASSERT_TRUE(counts.ok()) << counts.status();
  std::vector<std::string> texts;
  for (const RejectionCount& count : *counts) {
    texts.push_back(count.application_name + " " + count.endpoint_id + " " + count.reason + " " +
                    std::to_string(count.rows));
  }
  // 2 and 4; 3 and 5; then 6 and 7, each alone.
  EXPECT_THAT(texts, testing::ElementsAre("state ep0 a 2", "state ep1 a 2", "state ep0 b 1"));
}

}  // namespace
}  // namespace millrace::time_series
