// SPDX-License-Identifier: Apache-2.0
#include "load/payload.h"

#include <gtest/gtest.h>

namespace millrace::load {
namespace {

TEST(Payload, IsASampleOfExactlySoManyBytes) {
  for (const std::size_t bytes : {21U, 22U, 40U, 41U, 100U, 256U, 4096U}) {
    const absl::StatusOr<Payload> payload = numbered_sample(bytes);
    ASSERT_TRUE(payload.ok()) << payload.status();
    EXPECT_EQ(payload->text.size(), bytes);
    EXPECT_EQ(payload->text.front(), '{');
    EXPECT_EQ(payload->text.back(), '}');
  }
  EXPECT_EQ(numbered_sample(42)->text, R"({"n":              0,"value_01":21.397   })");
}

TEST(Payload, WithoutRoomForItsNumberIsRefused) {
  EXPECT_EQ(numbered_sample(20).status().message(),
            "a numbered sample has at least 21 bytes, not 20");
}

TEST(Payload, NumbersAreWrittenInPlace) {
  Payload payload = *numbered_sample(21);
  write_number(123'456, payload.text.data() + *payload.number_at);
  EXPECT_EQ(payload.text, R"({"n":         123456})");
  write_number(7, payload.text.data() + *payload.number_at);
  EXPECT_EQ(payload.text, R"({"n":              7})");
  write_number(0, payload.text.data() + *payload.number_at);
  EXPECT_EQ(payload.text, R"({"n":              0})");
  write_number(999'999'999'999'999, payload.text.data() + *payload.number_at);
  EXPECT_EQ(payload.text, R"({"n":999999999999999})");
}

}  // namespace
}  // namespace millrace::load
