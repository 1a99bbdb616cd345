// SPDX-License-Identifier: Apache-2.0
#include "query/grafana_aggregate.h"

#include <gtest/gtest.h>

namespace millrace::query {
namespace {

using std::chrono::microseconds;

TEST(GrafanaWindow, BeginsAtAWholeMultipleSince1970AlsoBefore) {
  EXPECT_EQ(window_of(time::from_unix_us(0), microseconds{10}), 0);
  EXPECT_EQ(window_of(time::from_unix_us(9), microseconds{10}), 0);
  EXPECT_EQ(window_of(time::from_unix_us(10), microseconds{10}), 1);
  EXPECT_EQ(window_of(time::from_unix_us(-1), microseconds{10}), -1);
  EXPECT_EQ(window_of(time::from_unix_us(-10), microseconds{10}), -1);
  EXPECT_EQ(window_of(time::from_unix_us(-11), microseconds{10}), -2);
  EXPECT_EQ(window_start(-2, microseconds{10}), time::from_unix_us(-20));
}

// Reading is tested with a real PostgreSQL in tests/service/test_grafana.py.
TEST(GrafanaWindows, AFailureToLendIsTheAnswer) {
  const Lend refuse = [](const auto&) { return absl::ResourceExhaustedError("none is free"); };
  EXPECT_EQ(read_windows(refuse, {}).status().code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace millrace::query
