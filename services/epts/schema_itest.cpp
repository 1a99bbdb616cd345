// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "epts/fakes.h"
#include "epts/itest_database.h"
#include "epts/schema.h"
#include "lib/time_series/migrations.h"

namespace millrace::epts {
namespace {

TEST(Schema, IsMadeOnceHoweverManyReplicasStart) {
  drop_schema();
  {
    std::vector<std::jthread> replicas;
    for (int i = 0; i < 4; ++i) {
      replicas.emplace_back([] {
        FakeOutside outside;
        EXPECT_TRUE(migrate(itest_settings(), outside.platform, {}).ok());
        EXPECT_TRUE(outside.readiness.ready());
      });
    }
  }
  EXPECT_EQ(ask("SELECT count(*) FROM time_series.migration"),
            std::to_string(time_series::migrations().size()));
  EXPECT_EQ(ask("SELECT count(*) FROM time_series.frame"), "0");
}

TEST(Schema, IsWaitedForUntilStopped) {
  FakeOutside outside;
  Settings nowhere = itest_settings();
  nowhere.database_url = "postgresql://127.0.0.1:1/none";
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(absl::IsCancelled(migrate(nowhere, outside.platform, stop.get_token())));
  EXPECT_THAT(outside.readiness.to_json(), testing::HasSubstr("\"holds\":false"));
}

}  // namespace
}  // namespace millrace::epts
