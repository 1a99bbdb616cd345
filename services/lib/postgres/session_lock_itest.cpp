// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "lib/postgres/itest_database.h"
#include "lib/postgres/session_lock.h"

namespace millrace::postgres {
namespace {

TEST(SessionLockTest, OneSessionHoldsItAndAnotherOneAfterwards) {
  const auto first = itest_connect();
  const auto second = itest_connect();
  {
    SessionLock lock(*first, "itest");
    EXPECT_TRUE(*lock.try_take());
    SessionLock other(*second, "another itest");
    EXPECT_TRUE(*other.try_take()) << "names tell locks apart";
    SessionLock same(*second, "itest");
    EXPECT_FALSE(*same.try_take());
  }
  SessionLock lock(*second, "itest");
  EXPECT_TRUE(*lock.try_take());
}

TEST(SessionLockTest, OneThatWasNotTakenReleasesNothing) {
  const auto first = itest_connect();
  const auto second = itest_connect();
  SessionLock lock(*first, "itest of release");
  ASSERT_TRUE(*lock.try_take());
  for (int i = 0; i < 2; ++i) {
    SessionLock same(*second, "itest of release");
    EXPECT_FALSE(*same.try_take());
  }
}

}  // namespace
}  // namespace millrace::postgres
