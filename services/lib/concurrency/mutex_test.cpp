// SPDX-License-Identifier: Apache-2.0
#include "lib/concurrency/mutex.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace millrace::concurrency {
namespace {

class Tally {
 public:
  void add() {
    const MutexLock lock(mutex_);
    ++count_;
    changed_.notify_all();
  }

  int wait_until(int wanted) {
    const MutexLock lock(mutex_);
    while (count_ < wanted) changed_.wait(mutex_);
    return count_;
  }

  bool wait_a_moment() {
    const MutexLock lock(mutex_);
    return changed_.wait_for(mutex_, std::chrono::microseconds{1});
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
};

TEST(Mutex, LetsOneThreadInAtATime) {
  Tally tally;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&tally] {
        for (int j = 0; j < 1000; ++j) tally.add();
      });
    }
  }
  EXPECT_EQ(tally.wait_until(4000), 4000);
}

TEST(CondVar, WakesTheOneWhoWaits) {
  Tally tally;
  const std::jthread adder([&tally] { tally.add(); });
  EXPECT_EQ(tally.wait_until(1), 1);
}

TEST(CondVar, GivesUpWhenNothingComes) {
  Tally tally;
  // A wake-up may be spurious, but not for ever.
  while (tally.wait_a_moment()) {
  }
  tally.add();
  EXPECT_EQ(tally.wait_until(1), 1);
}

}  // namespace
}  // namespace millrace::concurrency
