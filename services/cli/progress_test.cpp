// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.h"

#include <sstream>

#include <gtest/gtest.h>

namespace millrace::cli {
namespace {

using std::chrono::milliseconds;

TEST(Progress, CountsHaveTheirThousandsApart) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1000), "1,000");
  EXPECT_EQ(format_count(-1234567), "-1,234,567");
  EXPECT_EQ(format_count(-123), "-123");
}

TEST(Progress, WhatIsDoneSoonIsNotSpokenOf) {
  std::ostringstream err;
  time::ManualClock clock;
  Progress progress(err, clock, Progress::Style::kOneLine);
  clock.advance(milliseconds{999});
  progress.add(10'000, 0);
  progress.end();
  EXPECT_EQ(err.str(), "");
}

TEST(Progress, OnATerminalOneLineIsWrittenAnewAndGoes) {
  std::ostringstream err;
  time::ManualClock clock;
  Progress progress(err, clock, Progress::Style::kOneLine);
  progress.add(1'000'000, 0);
  clock.advance(milliseconds{2000});
  progress.add(1'000'000, 60'000'000);
  progress.add(5, 70'000'000);  // too soon
  EXPECT_EQ(err.str(), "\r\x1b[K2,000,000 rows, up to 1970-01-01T00:01:00Z, 1,000,000 a second");
  progress.end();
  EXPECT_TRUE(err.str().ends_with("second\r\x1b[K"));
}

TEST(Progress, ElsewhereThereAreLinesFurtherApart) {
  std::ostringstream err;
  time::ManualClock clock;
  Progress progress(err, clock, Progress::Style::kLines);
  for (int second = 0; second < 8; ++second) {
    clock.advance(milliseconds{1000});
    progress.add(1000, second * std::int64_t{1'000'000});
  }
  progress.end();
  EXPECT_EQ(err.str(),
            "millrace: 1,000 rows, up to 1970-01-01T00:00:00Z, 1,000 a second\n"
            "millrace: 6,000 rows, up to 1970-01-01T00:00:05Z, 1,000 a second\n");
}

TEST(Progress, NobodyAskedForIsSilent) {
  std::ostringstream err;
  time::ManualClock clock;
  Progress progress(err, clock, Progress::Style::kNone);
  clock.advance(milliseconds{5000});
  progress.add(1000, 0);
  progress.end();
  EXPECT_EQ(err.str(), "");
}

}  // namespace
}  // namespace millrace::cli
