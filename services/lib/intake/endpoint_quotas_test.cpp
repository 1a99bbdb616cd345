// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/endpoint_quotas.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace millrace::intake {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

class EndpointQuotasTest : public testing::Test {
 protected:
  int take_all(const std::string& endpoint_id) {
    int taken = 0;
    while (quotas_.take(endpoint_id, rules_, clock_.instant()) == nanoseconds{0}) ++taken;
    return taken;
  }

  time::ManualClock clock_;
  registry_client::UploadRules rules_{.max_uploads_per_second = 10, .max_upload_burst = 3};
  EndpointQuotas quotas_{2};
};

TEST_F(EndpointQuotasTest, EachEndpointHasItsOwn) {
  EXPECT_EQ(take_all("e1"), 3);
  EXPECT_EQ(take_all("e2"), 3);
  EXPECT_EQ(quotas_.take("e1", rules_, clock_.instant()), milliseconds{100});
  clock_.advance(milliseconds{100});
  EXPECT_EQ(take_all("e1"), 1);
}

TEST_F(EndpointQuotasTest, NewRulesCountAtOnce) {
  take_all("e1");
  rules_.max_uploads_per_second = 1'000;
  EXPECT_EQ(quotas_.take("e1", rules_, clock_.instant()), milliseconds{1});
}

TEST_F(EndpointQuotasTest, WhatIsGivenBackCanBeTaken) {
  take_all("e1");
  quotas_.give_back("e1", rules_);
  EXPECT_EQ(take_all("e1"), 1);
  quotas_.give_back("nobody", rules_);
  EXPECT_EQ(take_all("nobody"), 3);
}

TEST_F(EndpointQuotasTest, TheEndpointThatUploadedLongestAgoIsForgotten) {
  take_all("e1");
  take_all("e2");
  take_all("e1");
  take_all("e3");
  EXPECT_EQ(take_all("e1"), 0);
  EXPECT_EQ(take_all("e2"), 3);
}

TEST_F(EndpointQuotasTest, ThreadsShareAnEndpointsQuota) {
  rules_ = {.max_uploads_per_second = 0.001, .max_upload_burst = 100};
  EndpointQuotas quotas(100'000);
  std::atomic<int> taken = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 100; ++j) {
          taken += quotas.take("e1", rules_, clock_.instant()) == nanoseconds{0} ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(taken, 100);
}

}  // namespace
}  // namespace millrace::intake
