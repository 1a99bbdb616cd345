// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/streams.h"

#include <gtest/gtest.h>

#include "lib/bus/fake_wire.h"
#include "lib/bus/stream_config.h"

namespace millrace::bus {
namespace {

constexpr char kInfo[] = "$JS.API.STREAM.INFO.DATA_SAMPLES";
constexpr char kCreate[] = "$JS.API.STREAM.CREATE.DATA_SAMPLES";
constexpr char kUpdate[] = "$JS.API.STREAM.UPDATE.DATA_SAMPLES";
constexpr char kNotFound[] =
    R"({"error":{"code":404,"err_code":10059,"description":"stream not found"}})";

class StreamsTest : public testing::Test {
 protected:
  absl::Status ensure() {
    return ensure_data_samples_stream(wire_, options_, outside_.platform, stop_.get_token());
  }
  std::string info_of(const StreamOptions& options) {
    return "{\"config\":" + stream_create_request(options) + "}";
  }

  FakeOutside outside_;
  FakeWire wire_{outside_.clock};
  StreamOptions options_;
  std::stop_source stop_;
};

TEST_F(StreamsTest, AMissingStreamIsMade) {
  wire_.answer_request(kInfo, std::string(kNotFound));
  wire_.answer_request(kCreate, std::string("{}"));
  EXPECT_TRUE(ensure().ok());
  ASSERT_EQ(wire_.requests().size(), 2U);
  EXPECT_EQ(wire_.requests()[1].second, stream_create_request(options_));
}

TEST_F(StreamsTest, AStreamInLineIsOnlyLookedAt) {
  wire_.answer_request(kInfo, info_of(options_));
  EXPECT_TRUE(ensure().ok());
  EXPECT_EQ(wire_.requests().size(), 1U);
}

TEST_F(StreamsTest, AStreamOfAnotherSizeIsChanged) {
  StreamOptions other = options_;
  other.max_bytes = 1000;
  wire_.answer_request(kInfo, info_of(other));
  wire_.answer_request(kUpdate, std::string("{}"));
  EXPECT_TRUE(ensure().ok());
  EXPECT_EQ(wire_.requests().size(), 2U);
}

TEST_F(StreamsTest, WhenAnotherServiceMakesItFirstItIsLookedAtAgain) {
  wire_.answer_request(kInfo, std::string(kNotFound));
  wire_.answer_request(
      kCreate, std::string(R"({"error":{"code":400,"err_code":10058,"description":"in use"}})"));
  wire_.answer_request(kInfo, info_of(options_));
  EXPECT_TRUE(ensure().ok());
}

TEST_F(StreamsTest, JetStreamAwayIsWaitedFor) {
  wire_.answer_request(kInfo, absl::UnavailableError("no responders"));
  wire_.answer_request(kInfo, info_of(options_));
  EXPECT_TRUE(ensure().ok());
}

TEST_F(StreamsTest, AStreamThatCannotBeMadeIsAnErrorAndNotTriedForEver) {
  wire_.answer_request(kInfo, std::string(kNotFound));
  wire_.answer_request(kCreate, std::string(R"({"error":{"code":500,"err_code":10047,)"
                                            R"("description":"insufficient storage resources"}})"));
  EXPECT_EQ(ensure().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(StreamsTest, StoppingEndsTheWait) {
  stop_.request_stop();
  EXPECT_EQ(ensure().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace millrace::bus
