// SPDX-License-Identifier: Apache-2.0
#include "lib/process/platform.h"

#include <gtest/gtest.h>

namespace millrace::process {
namespace {

TEST(Readiness, HoldsWhileNothingIsWaitedFor) {
  const Readiness readiness;
  EXPECT_TRUE(readiness.ready());
  EXPECT_EQ(readiness.to_json(), R"({"ready":true,"conditions":{}})");
}

TEST(Readiness, NeedsEveryCondition) {
  Readiness readiness;
  readiness.set("nats", false, "cannot connect");
  readiness.set("service", true, "");
  EXPECT_FALSE(readiness.ready());
  readiness.set("nats", true, "");
  EXPECT_TRUE(readiness.ready());
  readiness.set("service", false, "stopping");
  EXPECT_FALSE(readiness.ready());
}

TEST(Readiness, SaysWhatIsWaitedFor) {
  Readiness readiness;
  readiness.set("nats", false, "no answer from \"127.0.0.1\"\n\xFF");
  readiness.set("service", true, "");
  EXPECT_EQ(readiness.to_json(), R"({"ready":false,"conditions":{)"
                                 R"("nats":{"holds":false,"detail":"no answer from \"127.0.0.1\"\n)"
                                 "\uFFFD"
                                 R"("},"service":{"holds":true,"detail":""}}})");
}

}  // namespace
}  // namespace millrace::process
