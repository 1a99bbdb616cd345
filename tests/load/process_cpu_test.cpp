// SPDX-License-Identifier: Apache-2.0
#include "load/process_cpu.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

namespace millrace::load {
namespace {

double own_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

TEST(ProcessCpu, IsWhatTheProcessHasUsed) {
  volatile unsigned sum = 0;
  while (own_seconds() < 0.2) sum = sum + 1;
  const absl::StatusOr<double> seconds = cpu_seconds(::getpid());
  ASSERT_TRUE(seconds.ok()) << seconds.status();
  EXPECT_GE(*seconds, 0.15);
  EXPECT_LE(*seconds, own_seconds() + 0.02);
}

TEST(ProcessCpu, OfNobodyIsAnErrorThatNamesIt) {
  const absl::StatusOr<double> seconds = cpu_seconds(999'999'999);
  ASSERT_FALSE(seconds.ok());
  EXPECT_NE(seconds.status().message().find("999999999"), std::string::npos) << seconds.status();
}

}  // namespace
}  // namespace millrace::load
