// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/puback.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/error/error.h"

namespace millrace::bus {
namespace {

using Verdict = PubAck::Verdict;

PubAck error_ack(int code, int number, const std::string& description) {
  return parse_puback("{\"error\":{\"code\":" + std::to_string(code) +
                      ",\"err_code\":" + std::to_string(number) + ",\"description\":\"" +
                      description + "\"},\"stream\":\"S\",\"seq\":0}");
}

TEST(PubAck, AnAnswerWithASequenceMeansStored) {
  const PubAck ack = parse_puback(R"({"stream":"DATA_SAMPLES", "seq":18446744073709551615})");
  EXPECT_EQ(ack.verdict, Verdict::kStored);
  EXPECT_EQ(ack.stream_sequence, 18446744073709551615ULL);
  EXPECT_TRUE(ack.status.ok());
}

TEST(PubAck, ADuplicateIsInTheStreamToo) {
  const PubAck ack = parse_puback(R"({"stream":"S", "seq":24,"duplicate": true})");
  EXPECT_EQ(ack.verdict, Verdict::kDuplicate);
  EXPECT_EQ(ack.stream_sequence, 24U);
}

TEST(PubAck, DuplicateFalseMeansStored) {
  EXPECT_EQ(parse_puback(R"({"seq":24,"duplicate":false})").verdict, Verdict::kStored);
}

TEST(PubAck, AFullStreamIsToldFromOtherFailures) {
  for (const char* description : {"maximum bytes exceeded", "maximum messages exceeded",
                                  "maximum messages per subject exceeded"}) {
    const PubAck ack = error_ack(503, 10077, description);
    EXPECT_EQ(ack.verdict, Verdict::kStreamFull) << description;
    EXPECT_EQ(ack.status.code(), absl::StatusCode::kResourceExhausted);
    EXPECT_THAT(error::message(ack.status), testing::HasSubstr("max_bytes"));
  }
}

TEST(PubAck, StorageLimitsOfServerAndAccountCountAsFull) {
  EXPECT_EQ(error_ack(500, 10047, "insufficient storage resources available").verdict,
            Verdict::kStreamFull);
  EXPECT_EQ(error_ack(503, 10023, "insufficient resources").verdict, Verdict::kStreamFull);
  EXPECT_EQ(error_ack(400, 10002, "resource limits exceeded for account").verdict,
            Verdict::kStreamFull);
}

TEST(PubAck, AFullDiskOfTheServerCountsAsFull) {
  const std::string file = "write /var/lib/nats/jetstream/$G/streams/DATA_SAMPLES/msgs/1.blk: ";
  for (const char* cause : {"no space left on device", "disk quota exceeded"}) {
    const PubAck ack = error_ack(503, 10077, file + cause);
    EXPECT_EQ(ack.verdict, Verdict::kStreamFull) << cause;
    EXPECT_EQ(ack.status.code(), absl::StatusCode::kResourceExhausted);
    EXPECT_FALSE(error::has_unknown_outcome(ack.status));
    EXPECT_THAT(error::message(ack.status), testing::HasSubstr("disk of nats-server"));
  }
}

TEST(PubAck, AServerThatIsNotReadyIsAskedAgain) {
  const PubAck ack = error_ack(503, 10008, "JetStream system temporarily unavailable");
  EXPECT_EQ(ack.verdict, Verdict::kTryAgain);
  EXPECT_EQ(ack.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(error_ack(503, 10077, "write: input/output error").verdict, Verdict::kTryAgain);
}

TEST(PubAck, ARepeatThatMeetsItsOwnMessageOnTheWayIsAskedAgain) {
  EXPECT_EQ(error_ack(409, 10158, "duplicate message id is in process").verdict,
            Verdict::kTryAgain);
}

TEST(PubAck, AMessageTheStreamWillNeverTakeIsRefused) {
  const PubAck ack = error_ack(400, 10054, "message size exceeds maximum allowed");
  EXPECT_EQ(ack.verdict, Verdict::kRefused);
  EXPECT_EQ(ack.status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(error::message(ack.status), testing::HasSubstr("10054"));
}

TEST(PubAck, WhatIsNoAcknowledgementIsAskedAgain) {
  for (const char* text : {"", "OK", "[]", "{}", R"({"seq":"7"})", R"({"seq":-1})", "{\"seq\":7"}) {
    EXPECT_EQ(parse_puback(text).verdict, Verdict::kTryAgain) << text;
    EXPECT_FALSE(parse_puback(text).status.ok()) << text;
  }
}

TEST(PubAck, AnErrorWithoutFieldsIsStillAnError) {
  EXPECT_EQ(parse_puback(R"({"error":{}})").verdict, Verdict::kRefused);
}

}  // namespace
}  // namespace millrace::bus
