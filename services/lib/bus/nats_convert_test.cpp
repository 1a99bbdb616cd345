// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/nats_convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nats/nats.h>

#include "lib/error/error.h"

namespace millrace::bus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(NatsConvert, ConnectionOptionsAndTimeOutsAreMilliseconds) {
  EXPECT_EQ(nats_milliseconds(seconds{2}), 2000);
  EXPECT_EQ(nats_milliseconds(milliseconds{1}), 1);
}

TEST(NatsConvert, JetStreamDurationsAreNanoseconds) {
  EXPECT_EQ(jetstream_nanoseconds(seconds{30}), 30'000'000'000);
  EXPECT_EQ(jetstream_nanoseconds(milliseconds{1}), 1'000'000);
}

TEST(NatsConvert, JetStreamMomentsAreTextWithUpToNineDecimals) {
  const auto moment = time::from_unix_us(1'795'415'460'000'250);
  EXPECT_EQ(jetstream_moment("2026-11-23T06:31:00.000250999Z"), moment);
  EXPECT_EQ(jetstream_moment("2026-11-23T06:31:00.00025Z"), moment);
  EXPECT_EQ(jetstream_moment("2026-11-23T07:31:00.00025+01:00"), moment);
  EXPECT_EQ(jetstream_moment("1970-01-01T00:00:00Z"), time::from_unix_us(0));
}

TEST(NatsConvert, OtherTextIsNoMoment) {
  for (const char* text : {"", "yesterday", "2026-11-23", "2026-11-23T06:31:00"}) {
    EXPECT_EQ(jetstream_moment(text), std::nullopt) << text;
  }
}

TEST(NatsConvert, OkIsOk) {
  EXPECT_TRUE(status_of_nats(NATS_OK, "do a thing").ok());
}

TEST(NatsConvert, EachCodeSaysWhetherTryingAgainHelps) {
  const std::pair<natsStatus, absl::StatusCode> cases[] = {
      {NATS_TIMEOUT, absl::StatusCode::kDeadlineExceeded},
      {NATS_NO_SERVER, absl::StatusCode::kUnavailable},
      {NATS_CONNECTION_CLOSED, absl::StatusCode::kUnavailable},
      {NATS_CONNECTION_DISCONNECTED, absl::StatusCode::kUnavailable},
      {NATS_NO_RESPONDERS, absl::StatusCode::kUnavailable},
      {NATS_INSUFFICIENT_BUFFER, absl::StatusCode::kUnavailable},
      {NATS_CONNECTION_AUTH_FAILED, absl::StatusCode::kPermissionDenied},
      {NATS_MAX_PAYLOAD, absl::StatusCode::kInvalidArgument},
      {NATS_INVALID_SUBJECT, absl::StatusCode::kInvalidArgument},
      {NATS_SLOW_CONSUMER, absl::StatusCode::kResourceExhausted},
      {NATS_NOT_FOUND, absl::StatusCode::kNotFound},
      {NATS_ERR, absl::StatusCode::kInternal}};
  for (const auto& [nats, code] : cases) {
    EXPECT_EQ(status_of_nats(nats, "do a thing").code(), code) << natsStatus_GetText(nats);
  }
}

TEST(NatsConvert, TheMessageSaysWhatWasTriedAndWhyNot) {
  EXPECT_THAT(error::message(status_of_nats(NATS_TIMEOUT, "read an inbox")),
              testing::StartsWith("cannot read an inbox: Timeout"));
}

TEST(NatsConvert, CredentialsAreNotForLogs) {
  EXPECT_EQ(without_credentials("nats://me:secret@bus:4222"), "nats://bus:4222");
  EXPECT_EQ(without_credentials("token@bus:4222"), "bus:4222");
  EXPECT_EQ(without_credentials("nats://bus:4222"), "nats://bus:4222");
}

}  // namespace
}  // namespace millrace::bus
