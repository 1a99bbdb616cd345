// SPDX-License-Identifier: Apache-2.0
#include "lib/process/signals.h"

#include <cstdio>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "lib/concurrency/wait.h"

namespace millrace::process {
namespace {

void wait_until_stopped(const Signals& signals) {
  while (concurrency::sleep_for(signals.stop_token(), std::chrono::hours{1})) {
  }
}

TEST(Signals, TheFirstOneRequestsTheStop) {
  std::string received;
  {
    Signals signals;
    signals.watch({.first = [&received](std::string_view name) { received = name; },
                   .second = [](std::string_view) {}});
    EXPECT_FALSE(signals.stop_token().stop_requested());
    kill(getpid(), SIGINT);
    wait_until_stopped(signals);
  }
  EXPECT_EQ(received, "SIGINT");
}

TEST(Signals, OneThatCameBeforeTheWatchIsNotLost) {
  Signals signals;
  kill(getpid(), SIGTERM);
  signals.watch({.first = [](std::string_view) {}, .second = [](std::string_view) {}});
  wait_until_stopped(signals);
}

TEST(Signals, AHangupIsARequestToReload) {
  Signals signals;
  kill(getpid(), SIGHUP);
  signals.watch({.first = [](std::string_view) {}, .second = [](std::string_view) {}});
  EXPECT_EQ(signals.wait(), Signals::Request::kReload);
  kill(getpid(), SIGHUP);
  EXPECT_EQ(signals.wait(), Signals::Request::kReload);
  kill(getpid(), SIGTERM);
  EXPECT_EQ(signals.wait(), Signals::Request::kStop);
  kill(getpid(), SIGHUP);
  EXPECT_EQ(signals.wait(), Signals::Request::kStop);
}

TEST(Signals, EndQuietlyWhenNoneCame) {
  Signals signals;
  signals.watch(
      {.first = [](std::string_view) { FAIL(); }, .second = [](std::string_view) { FAIL(); }});
}

TEST(Signals, LetABrokenPipeBeAnError) {
  const Signals signals;
  int ends[2] = {-1, -1};
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  EXPECT_EQ(write(ends[1], "x", 1), -1);
  close(ends[1]);
}

void stop_twice() {
  Signals signals;
  signals.watch({.first = [](std::string_view) { kill(getpid(), SIGTERM); },
                 .second = [](std::string_view) { std::fputs("second signal", stderr); }});
  kill(getpid(), SIGTERM);
  while (true) pause();
}

TEST(SignalsDeathTest, TheSecondOneEndsTheProcessAtOnce) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(stop_twice(), testing::ExitedWithCode(1), "second signal");
}

}  // namespace
}  // namespace millrace::process
