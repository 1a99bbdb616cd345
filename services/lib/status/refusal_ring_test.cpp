// SPDX-License-Identifier: Apache-2.0
#include "lib/status/refusal_ring.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace millrace::status {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RefusalRingTest : public testing::Test {
 protected:
  void add(const std::string& endpoint, int code, const std::string& reason,
           const std::string& version = "v1") {
    now_ += std::chrono::microseconds(1);
    ring_.add({now_, version, endpoint, fmt::format("c{}", time::to_unix_us(now_)), code, reason});
  }
  // "code reason xtimes @when" of each.
  static std::vector<std::string> told(const v1::RefusalsResponse& response) {
    std::vector<std::string> texts;
    for (const v1::Refusal& refusal : response.refusals()) {
      texts.push_back(fmt::format("{} {} x{} @{}", refusal.status_code(), refusal.reason_phrase(),
                                  refusal.times(), refusal.refused_at_us()));
    }
    return texts;
  }
  std::vector<std::string> of_endpoint(const std::string& endpoint, int limit = 0) {
    v1::RefusalsRequest request;
    request.set_endpoint_id(endpoint);
    request.set_limit(limit);
    return told(ring_.find(request));
  }
  std::vector<std::string> of_version(const std::string& version) {
    v1::RefusalsRequest request;
    request.set_app_version_name(version);
    return told(ring_.find(request));
  }

  RefusalRing ring_{3};
  time::UnixMicros now_;
};

TEST_F(RefusalRingTest, TellsTheNewestOfAnEndpointFirst) {
  add("ep", 400, "no JSON");
  add("other", 400, "no JSON");
  add("ep", 413, "too large");
  EXPECT_THAT(of_endpoint("ep"), ElementsAre("413 too large x1 @3", "400 no JSON x1 @1"));
  EXPECT_THAT(of_endpoint("ep", 1), ElementsAre("413 too large x1 @3"));
  EXPECT_THAT(of_endpoint("nobody"), IsEmpty());
}

TEST_F(RefusalRingTest, CountsTheSameInARowInOnePlace) {
  add("noisy", 400, "no JSON");
  add("ep", 404, "a");
  for (int i = 0; i < 10; ++i) add("noisy", 400, "no JSON");
  EXPECT_THAT(of_endpoint("noisy"), ElementsAre("400 no JSON x11 @12"));
  EXPECT_THAT(of_endpoint("ep"), ElementsAre("404 a x1 @2"));
  add("noisy", 413, "too large");
  add("noisy", 400, "no JSON");
  EXPECT_THAT(of_endpoint("noisy"),
              ElementsAre("400 no JSON x1 @14", "413 too large x1 @13", "400 no JSON x11 @12"));
}

TEST_F(RefusalRingTest, ForgetsTheOldestAndSaysSinceWhen) {
  v1::RefusalsRequest request;
  request.set_endpoint_id("ep");
  for (int i = 1; i <= 3; ++i) add("ep", 400, fmt::format("reason {}", i));
  EXPECT_EQ(ring_.find(request).complete_since_us(), 0);
  for (int i = 4; i <= 5; ++i) add("ep", 400, fmt::format("reason {}", i));
  EXPECT_EQ(ring_.find(request).refusals_size(), 3);
  EXPECT_EQ(ring_.find(request).complete_since_us(), 2);
}

TEST_F(RefusalRingTest, OneWithManyFaultsPushesOutNobodyElses) {
  RefusalRing ring(1'000);
  ring.add({now_, "v1", "quiet", "c", 400, "no JSON"});
  for (int i = 1; i <= 10'000; ++i) {
    ring.add({time::from_unix_us(i), "v1", "hostile", "c", 400, fmt::format("fault {}", i)});
  }
  v1::RefusalsRequest request;
  request.set_limit(100);
  request.set_endpoint_id("quiet");
  EXPECT_THAT(told(ring.find(request)), ElementsAre("400 no JSON x1 @0"));
  EXPECT_EQ(ring.find(request).complete_since_us(), 0);
  request.set_endpoint_id("hostile");
  EXPECT_EQ(ring.find(request).refusals_size(), 100);
  EXPECT_EQ(ring.find(request).refusals(0).reason_phrase(), "fault 10000");
  EXPECT_EQ(ring.find(request).complete_since_us(), 9'900);
}

TEST_F(RefusalRingTest, MadeUpVersionsPushOutNoEndpoints) {
  RefusalRing ring(8);
  ring.add({now_, "v1", "ep", "c", 400, "no JSON"});
  for (int i = 1; i <= 100; ++i) {
    ring.add({time::from_unix_us(i), fmt::format("v-{}", i), "", "c", 404, "unknown"});
  }
  v1::RefusalsRequest request;
  request.set_endpoint_id("ep");
  EXPECT_EQ(ring.find(request).refusals_size(), 1);
  request.clear_endpoint_id();
  request.set_app_version_name("v-98");
  EXPECT_EQ(ring.find(request).refusals_size(), 1) << "one of the newest three";
  request.set_app_version_name("v-97");
  EXPECT_EQ(ring.find(request).refusals_size(), 0);
  EXPECT_EQ(ring.find(request).complete_since_us(), 97);
}

TEST_F(RefusalRingTest, TellsUploadsOfUnknownTokensByTheirVersion) {
  add("", 404, "unknown token");
  add("ep", 400, "no JSON");
  EXPECT_THAT(of_version("v1"), ElementsAre("404 unknown token x1 @1"));
  EXPECT_THAT(of_version("v2"), IsEmpty());
}

TEST_F(RefusalRingTest, KeepsHostileTextsShortAndValid) {
  add("ep", 400, std::string(511, 'x') + "\xc3\xa4" + "\xff");
  add(std::string(500, '\xff'), 400, "\xff");
  v1::RefusalsRequest request;
  request.set_endpoint_id("ep");
  const auto response = ring_.find(request);
  ASSERT_EQ(response.refusals_size(), 1);
  EXPECT_EQ(response.refusals(0).reason_phrase(), std::string(511, 'x'));
  EXPECT_FALSE(response.SerializeAsString().empty());
}

}  // namespace
}  // namespace millrace::status
