// SPDX-License-Identifier: Apache-2.0
#include "epts/held_message.h"

#include <gtest/gtest.h>

#include "epts/fakes.h"

namespace millrace::epts {
namespace {

TEST(HeldMessage, CountsTheSamplesOfAllUploads) {
  Deeds deeds;
  std::unique_ptr<bus::PulledMessage> message = std::make_unique<FakeMessage>(
      deeds, 7, payload_of({{"[1,2]", 2}, {"3"}}, time::from_unix_us(0)));
  const auto held = hold(message);
  ASSERT_TRUE(held.ok());
  EXPECT_EQ(held->sample_count, 3U);
  EXPECT_EQ(held->batch.events_size(), 2);
  EXPECT_EQ(held->first_seq(), std::int64_t{7} << kSampleIndexBits);
  EXPECT_EQ(message, nullptr);
}

TEST(HeldMessage, LeavesAMessageItCannotUseWithItsOwner) {
  Deeds deeds;
  std::unique_ptr<bus::PulledMessage> message = std::make_unique<FakeMessage>(deeds, 7, "\xFF\xFF");
  EXPECT_EQ(error::message(hold(message).status()),
            "cannot decode the message: 2 bytes are no DataSamplesBatch");
  EXPECT_NE(message, nullptr);
}

TEST(HeldMessage, SaysWhichFieldIsUnusable) {
  Deeds deeds;
  std::unique_ptr<bus::PulledMessage> message = std::make_unique<FakeMessage>(
      deeds, 7, payload_of({{"1", 1, "app", ""}}, time::from_unix_us(0)));
  EXPECT_EQ(error::message(hold(message).status()),
            "cannot use the message: an event's endpoint_id has 0 bytes or a NUL; 1 to 1024 bytes "
            "without NUL are allowed");
}

}  // namespace
}  // namespace millrace::epts
