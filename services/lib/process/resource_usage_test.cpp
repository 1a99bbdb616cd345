// SPDX-License-Identifier: Apache-2.0
#include "lib/process/resource_usage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::process {
namespace {

using testing::HasSubstr;

TEST(ResourceUsage, IsReadOnEachScrape) {
  metrics::Registry metrics;
  const time::ManualClock clock(time::from_unix_us(1'500'000));
  expose_resource_usage(metrics, clock);
  EXPECT_THAT(metrics.expose(), HasSubstr("process_start_time_seconds 1.5\n"));
  EXPECT_GT(metrics.gauge("process_resident_memory_bytes", "").value(), 100'000);
  EXPECT_GE(metrics.gauge("process_open_fds", "").value(), 3);
  EXPECT_GE(metrics.gauge("process_max_fds", "").value(), 3);
  EXPECT_GE(metrics.gauge("process_threads", "").value(), 1);
}

TEST(ResourceUsage, CpuTimeOnlyGrows) {
  metrics::Registry metrics;
  const time::ManualClock clock;
  expose_resource_usage(metrics, clock);
  metrics.expose();
  const double before = metrics.counter("process_cpu_seconds_total", "").value();
  metrics.expose();
  EXPECT_GE(metrics.counter("process_cpu_seconds_total", "").value(), before);
}

}  // namespace
}  // namespace millrace::process
