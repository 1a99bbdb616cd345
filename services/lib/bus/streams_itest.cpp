// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "lib/bus/jetstream_fixture.h"
#include "lib/bus/streams.h"

namespace millrace::bus {
namespace {

using std::chrono::seconds;

TEST_F(JetStreamTest, TheStreamIsMadeWithNanosecondsWhereTheServerWantsThem) {
  ASSERT_TRUE(ensure_stream().ok());
  const auto config = config_of("STREAM.INFO.DATA_SAMPLES");
  EXPECT_EQ(config["duplicate_window"].GetInt64(), 120'000'000'000);
  EXPECT_EQ(config["max_bytes"].GetInt64(), 1 << 28);
  EXPECT_STREQ(config["discard"].GetString(), "new");
  EXPECT_STREQ(config["retention"].GetString(), "workqueue");
}

TEST_F(JetStreamTest, AnExistingStreamIsBroughtInLine) {
  ASSERT_TRUE(ensure_stream().ok());
  ASSERT_TRUE(ensure_stream({1 << 20, 1, seconds{60}}).ok());
  const auto config = config_of("STREAM.INFO.DATA_SAMPLES");
  EXPECT_EQ(config["duplicate_window"].GetInt64(), 60'000'000'000);
  EXPECT_EQ(config["max_bytes"].GetInt64(), 1 << 20);
}

TEST_F(JetStreamTest, AStreamOfThatNameForSomethingElseIsAnError) {
  ASSERT_TRUE(jetstream::ask(*connection_, "STREAM.CREATE.DATA_SAMPLES",
                             R"({"name":"DATA_SAMPLES","subjects":["other"]})")
                  .ok());
  EXPECT_EQ(ensure_stream().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace millrace::bus
