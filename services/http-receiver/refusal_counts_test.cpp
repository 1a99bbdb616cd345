// SPDX-License-Identifier: Apache-2.0
#include "http-receiver/refusal_counts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::http_receiver {
namespace {

TEST(RefusalCounts, AreKeptByReason) {
  metrics::Registry registry;
  const RefusalCounts refusals(registry);
  refusals.count(RefusalCounts::Reason::kUnknownPath);
  refusals.count(RefusalCounts::Reason::kInflatedTooLarge);
  refusals.count(RefusalCounts::Reason::kInflatedTooLarge);
  const std::string name = "millrace_http_receiver_refused_requests_total";
  const std::string text = registry.expose();
  EXPECT_THAT(text, testing::HasSubstr(name + "{reason=\"unknown_path\"} 1\n"));
  EXPECT_THAT(text, testing::HasSubstr(name + "{reason=\"inflated_too_large\"} 2\n"));
  EXPECT_THAT(text, testing::HasSubstr(name + "{reason=\"origin\"} 0\n"));
}

}  // namespace
}  // namespace millrace::http_receiver
