// SPDX-License-Identifier: Apache-2.0
#include "lib/concurrency/waker.h"

#include <optional>
#include <thread>

#include <gtest/gtest.h>

namespace millrace::concurrency {
namespace {

TEST(Waker, WakesAtOnceWithoutAScope) {
  int wakes = 0;
  Waker waker([&] { ++wakes; });
  waker.wake();
  waker.wake();
  EXPECT_EQ(wakes, 2);
}

TEST(Waker, WakesOnceAtTheEndOfAScope) {
  int first = 0;
  int second = 0;
  Waker one([&] { ++first; });
  Waker two([&] { ++second; });
  {
    const WakeScope scope;
    one.wake();
    two.wake();
    one.wake();
    EXPECT_EQ(first + second, 0);
  }
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 1);
  one.wake();
  EXPECT_EQ(first, 2);
}

TEST(Waker, OfScopesInEachOtherTheOutermostCounts) {
  int wakes = 0;
  Waker waker([&] { ++wakes; });
  std::optional<WakeScope> outer(std::in_place);
  {
    const WakeScope inner;
    waker.wake();
  }
  waker.wake();
  EXPECT_EQ(wakes, 0);
  outer.reset();
  EXPECT_EQ(wakes, 1);
}

TEST(Waker, AScopeIsOfItsThreadOnly) {
  int wakes = 0;
  Waker waker([&] { ++wakes; });
  const WakeScope scope;
  std::jthread([&] { waker.wake(); }).join();
  EXPECT_EQ(wakes, 1);
}

TEST(Waker, WhatIsWokenMayWakeOthersAtOnce) {
  int wakes = 0;
  Waker other([&] { ++wakes; });
  Waker waker([&] { other.wake(); });
  {
    const WakeScope scope;
    waker.wake();
  }
  EXPECT_EQ(wakes, 1);
}

}  // namespace
}  // namespace millrace::concurrency
