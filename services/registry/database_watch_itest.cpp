// SPDX-License-Identifier: Apache-2.0
#include <latch>

#include "registry/database_watch.h"
#include "registry/registry_fixture.h"

namespace millrace::registry {
namespace {

class DatabaseWatchItest : public RegistryItest {
 protected:
  // Readiness after the watch's first look.
  bool ready_after_a_look(postgres::Pool& pool) {
    std::latch looked(1);
    bool first = true;
    const DatabaseWatch watch(pool, platform_, [&] {
      if (first) looked.count_down();
      first = false;
    });
    looked.wait();
    return readiness_.ready();
  }
};

TEST_F(DatabaseWatchItest, IsReadyWhileTheDatabaseAnswers) {
  EXPECT_TRUE(ready_after_a_look(pool_));
}

TEST_F(DatabaseWatchItest, IsNotReadyWhileTheDatabaseIsAway) {
  postgres::ConnectionOptions nowhere;
  nowhere.url = "postgresql://127.0.0.1:1/none";
  postgres::Pool pool(nowhere, 1);
  EXPECT_FALSE(ready_after_a_look(pool));
  EXPECT_THAT(readiness_.to_json(), ::testing::HasSubstr("127.0.0.1:1"));
}

TEST_F(DatabaseWatchItest, ABusyPoolIsNoAbsentDatabase) {
  postgres::Pool pool(database_options(settings_), 1);
  const auto held = pool.acquire(kConnectionWait);
  EXPECT_TRUE(ready_after_a_look(pool));
}

}  // namespace
}  // namespace millrace::registry
