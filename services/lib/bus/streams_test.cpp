// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/streams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/bus/fake_wire.h"
#include "lib/bus/stream_config.h"
#include "lib/error/error.h"

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

TEST_F(StreamsTest, AStreamTellsWhatItHolds) {
  wire_.answer_request(kInfo, std::string(R"({"config":{"max_bytes":8589934592},"state":{)"
                                          R"("messages":3,"bytes":3072,"first_seq":5,"last_seq":9,)"
                                          R"("first_ts":"2026-11-23T06:31:00.000250999Z"},)"
                                          R"("created":"2026-11-23T06:30:00.123456789Z"})"));
  const auto state = data_samples_state(wire_);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(state->messages, 3);
  EXPECT_EQ(state->bytes, 3072);
  EXPECT_EQ(state->max_bytes, 8589934592);
  EXPECT_EQ(state->oldest, time::from_unix_us(1'795'415'460'000'250));
  EXPECT_EQ(state->first_sequence, 5);
  EXPECT_EQ(state->last_sequence, 9);
  EXPECT_EQ(state->created, "2026-11-23T06:30:00.123456789Z");
  EXPECT_EQ(wire_.requests().size(), 1U);
}

TEST_F(StreamsTest, AnEmptyStreamHasNoOldestMessage) {
  wire_.answer_request(
      kInfo,
      std::string(R"({"config":{"max_bytes":1000},"state":{"messages":0,)"
                  R"("bytes":0,"first_seq":0,"last_seq":0,"first_ts":"0001-01-01T00:00:00Z"}})"));
  const auto state = data_samples_state(wire_);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(state->bytes, 0);
  EXPECT_EQ(state->oldest, std::nullopt);
}

TEST_F(StreamsTest, AStreamThatSomebodyLeftWithoutABoundHasNone) {
  wire_.answer_request(kInfo, std::string(R"({"config":{"max_bytes":-1},"state":{"messages":0,)"
                                          R"("bytes":0,"first_seq":1,"last_seq":0}})"));
  const auto state = data_samples_state(wire_);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(state->max_bytes, std::nullopt);
}

constexpr char kConsumerInfo[] = "$JS.API.CONSUMER.INFO.DATA_SAMPLES.epts";

TEST_F(StreamsTest, TheConsumerTellsHowFarItIs) {
  wire_.answer_request(
      kConsumerInfo,
      std::string(R"({"num_ack_pending":3,"num_pending":17,"num_waiting":2,"num_redelivered":1,)"
                  R"("ack_floor":{"consumer_seq":40,"stream_seq":38}})"));
  const auto state = data_samples_consumer_state(wire_);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(state->ack_pending, 3);
  EXPECT_EQ(state->undelivered, 17);
  EXPECT_EQ(state->waiting_pulls, 2);
  EXPECT_EQ(state->acknowledged_to, 38);
}

TEST_F(StreamsTest, AConsumerThatNobodyMadeIsNotFound) {
  wire_.answer_request(
      kConsumerInfo,
      std::string(R"({"error":{"code":404,"err_code":10014,"description":"consumer not found"}})"));
  EXPECT_TRUE(absl::IsNotFound(data_samples_consumer_state(wire_).status()));
  wire_.answer_request(kConsumerInfo, absl::UnavailableError("no responders"));
  EXPECT_TRUE(absl::IsUnavailable(data_samples_consumer_state(wire_).status()));
  wire_.answer_request(kConsumerInfo, std::string("{}"));
  EXPECT_EQ(data_samples_consumer_state(wire_).status().code(), absl::StatusCode::kInternal);
}

TEST_F(StreamsTest, AStreamThatIsAwayMayTellLater) {
  wire_.answer_request(kInfo, absl::UnavailableError("no responders"));
  EXPECT_TRUE(absl::IsUnavailable(data_samples_state(wire_).status()));
  wire_.answer_request(kInfo, std::string(kNotFound));
  const auto missing = data_samples_state(wire_).status();
  EXPECT_TRUE(absl::IsUnavailable(missing));
  EXPECT_THAT(error::message(missing),
              testing::HasSubstr("cannot read the stream DATA_SAMPLES: JetStream answered"));
}

TEST_F(StreamsTest, AnAnswerThatDoesNotSayIsAnError) {
  constexpr std::pair<const char*, const char*> kAnswers[] = {
      {"config", R"({"state":{"messages":0,"bytes":0}})"},
      {"state", R"({"config":{"max_bytes":1}})"},
      {"max_bytes", R"({"config":{},"state":{"messages":0,"bytes":0}})"},
      {"messages", R"({"config":{"max_bytes":1},"state":{"bytes":0}})"},
      {"bytes", R"({"config":{"max_bytes":1},"state":{"messages":0}})"},
      {"first_seq, last_seq", R"({"config":{"max_bytes":1},"state":{"messages":0,"bytes":0}})"},
      {"first_ts", R"({"config":{"max_bytes":1},"state":{"messages":1,"bytes":1,"first_seq":1,)"
                   R"("last_seq":1}})"}};
  for (const auto& [missing, answer] : kAnswers) {
    wire_.answer_request(kInfo, std::string(answer));
    const auto status = data_samples_state(wire_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << answer;
    EXPECT_THAT(error::message(status), testing::EndsWith(std::string("no '") + missing + "'"));
  }
}

}  // namespace
}  // namespace millrace::bus
