// SPDX-License-Identifier: Apache-2.0
#include "registry/work_queue.h"

#include <atomic>
#include <latch>

#include <gtest/gtest.h>

namespace millrace::registry {
namespace {

TEST(WorkQueue, DoesEverythingItTookBeforeItStops) {
  std::atomic<int> done = 0;
  WorkQueue queue({.workers = 4, .capacity = 1000});
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(queue.push([&done] { ++done; }));
  queue.stop();
  EXPECT_EQ(done, 1000);
}

TEST(WorkQueue, RefusesWhatItHasNoRoomFor) {
  std::latch begun(1);
  std::latch go_on(1);
  WorkQueue queue({.workers = 1, .capacity = 2});
  ASSERT_TRUE(queue.push([&] {
    begun.count_down();
    go_on.wait();
  }));
  begun.wait();
  EXPECT_TRUE(queue.push([] {}));
  EXPECT_TRUE(queue.push([] {}));
  EXPECT_FALSE(queue.push([] { ADD_FAILURE() << "was refused"; }));
  go_on.count_down();
}

TEST(WorkQueue, WorkersWorkSideBySide) {
  std::latch both(2);
  WorkQueue queue({.workers = 2, .capacity = 2});
  for (int i = 0; i < 2; ++i) queue.push([&both] { both.arrive_and_wait(); });
  queue.stop();  // would hang if one waited for the other
}

TEST(WorkQueue, TakesNothingAfterItStopped) {
  WorkQueue queue({.workers = 1, .capacity = 1});
  queue.stop();
  EXPECT_FALSE(queue.push([] {}));
  queue.stop();
}

}  // namespace
}  // namespace millrace::registry
