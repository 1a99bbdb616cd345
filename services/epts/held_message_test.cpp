// SPDX-License-Identifier: Apache-2.0
#include "epts/held_message.h"

#include <limits>

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

// Of the only upload of a message.
std::string traceparent_held(const std::string& given) {
  Deeds deeds;
  std::unique_ptr<bus::PulledMessage> message = std::make_unique<FakeMessage>(
      deeds, 7, payload_of({{"1", 1, "app", "ep", given}}, time::from_unix_us(0)));
  const auto held = hold(message);
  EXPECT_TRUE(held.ok()) << held.status();
  return held.ok() ? held->batch.events(0).traceparent() : "not held";
}

TEST(HeldMessage, KeepsTheTraceOfAnUpload) {
  const std::string valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  EXPECT_EQ(traceparent_held(valid), valid);
  EXPECT_EQ(traceparent_held(""), "");
}

TEST(HeldMessage, DropsATraceThatNoReceiverWrites) {
  const std::string ids = "-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";
  const std::string zeros = "-00000000000000000000000000000000-b7ad6b7169203331-01";
  for (const std::string& foreign :
       {std::string("x"), std::string(100'000, '0'), "00" + ids + std::string("-\0001", 3),
        "00" + ids + "-01\r\nNats-Msg-Id: x", "00" + ids + "-09", "01" + ids + "-01",
        "01" + ids + "-01-more", "00" + zeros}) {
    EXPECT_EQ(traceparent_held(foreign), "") << foreign.substr(0, 80);
  }
}

TEST(HeldMessage, SaysWhichFieldIsUnusable) {
  Deeds deeds;
  std::unique_ptr<bus::PulledMessage> message = std::make_unique<FakeMessage>(
      deeds, 7, payload_of({{"1", 1, "app", ""}}, time::from_unix_us(0)));
  EXPECT_EQ(error::message(hold(message).status()),
            "cannot use the message: an event's endpoint_id has 0 bytes or a NUL; 1 to 1024 bytes "
            "without NUL are allowed");
}

TEST(HeldMessage, APositionNoSampleCanHaveIsUnusable) {
  Deeds deeds;
  for (const std::int64_t position : {std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
    telemetry::v1::DataSamplesBatch batch;
    ASSERT_TRUE(batch.ParseFromString(payload_of({{"1"}}, time::from_unix_us(0))));
    batch.mutable_events(0)->set_replayed_seq(position);
    std::unique_ptr<bus::PulledMessage> message =
        std::make_unique<FakeMessage>(deeds, 7, batch.SerializeAsString());
    EXPECT_NE(error::message(hold(message).status()).find("replayed_seq is"), std::string::npos)
        << position;
  }
}

}  // namespace
}  // namespace millrace::epts
