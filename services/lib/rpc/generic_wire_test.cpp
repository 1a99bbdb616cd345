// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/generic_wire.h"

#include <gmock/gmock.h>

#include "lib/error/error.h"
#include "lib/error/retry_after.h"

namespace millrace::rpc {
namespace {

TEST(GenericWire, BytesAreTheSameOnTheOtherSide) {
  const std::string bytes(100'000, '\0');
  EXPECT_EQ(to_bytes(to_buffer(bytes)), bytes);
  EXPECT_EQ(to_bytes(to_buffer("")), "");
}

TEST(GenericWire, OnlyPrintableAsciiCanBeSent) {
  EXPECT_TRUE(check_metadata({{"a", ""}, {"b", " ~"}}).ok());
  const absl::Status status = check_metadata({{"a", "b"}, {"api-key", "\n"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(error::message(status), ::testing::HasSubstr("api-key"));
}

TEST(GenericWire, WhenToTryAgainIsANumberOfMilliseconds) {
  const absl::Status full = absl::ResourceExhaustedError("full");
  const auto wait = [&full](const char* value) {
    return error::retry_after(with_pushback(full, {{"grpc-retry-pushback-ms", value}}));
  };
  EXPECT_EQ(wait("250"), std::chrono::milliseconds{250});
  EXPECT_EQ(wait("0"), std::chrono::milliseconds{0});
  for (const char* const other : {"", "-1", "soon", "1s"}) EXPECT_EQ(wait(other), std::nullopt);
  EXPECT_EQ(error::retry_after(with_pushback(full, {})), std::nullopt);
}

}  // namespace
}  // namespace millrace::rpc
