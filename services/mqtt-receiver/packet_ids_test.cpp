// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/packet_ids.h"

#include <gtest/gtest.h>

namespace millrace::mqtt_receiver {
namespace {

TEST(PacketIdsTest, IdsCountUpFromOne) {
  PacketIds ids(10);
  EXPECT_EQ(ids.take(PacketIds::Awaiting::kPuback), 1);
  EXPECT_EQ(ids.take(PacketIds::Awaiting::kPuback), 2);
}

TEST(PacketIdsTest, AnIdInUseIsNotGivenAgainAndZeroNever) {
  PacketIds ids(3);
  EXPECT_EQ(ids.take(PacketIds::Awaiting::kPuback), 1);  // stays in use
  for (int i = 0; i < 65'534; ++i) {
    const auto id = ids.take(PacketIds::Awaiting::kPuback);
    ASSERT_TRUE(id.has_value());
    ASSERT_NE(*id, 0);
    ASSERT_TRUE(ids.release(*id));
  }
  EXPECT_EQ(ids.take(PacketIds::Awaiting::kPuback), 2);
}

TEST(PacketIdsTest, NoMoreThanTheBoundAreInUse) {
  PacketIds ids(2);
  ids.take(PacketIds::Awaiting::kPuback);
  ids.take(PacketIds::Awaiting::kPuback);
  EXPECT_EQ(ids.take(PacketIds::Awaiting::kPuback), std::nullopt);
  EXPECT_TRUE(ids.release(1));
  EXPECT_EQ(ids.take(PacketIds::Awaiting::kPuback), 3);
}

TEST(PacketIdsTest, EachRemembersWhatItWaitsFor) {
  PacketIds ids(10);
  const auto id = *ids.take(PacketIds::Awaiting::kPubrec);
  ASSERT_NE(ids.find(id), nullptr);
  EXPECT_EQ(*ids.find(id), PacketIds::Awaiting::kPubrec);
  *ids.find(id) = PacketIds::Awaiting::kPubcomp;
  EXPECT_EQ(*ids.find(id), PacketIds::Awaiting::kPubcomp);
  ids.release(id);
  EXPECT_EQ(ids.find(id), nullptr);
}

TEST(PacketIdsTest, ReleasingAnIdThatIsNotInUseSaysSo) {
  PacketIds ids(2);
  EXPECT_FALSE(ids.release(7));
  EXPECT_EQ(ids.in_use(), 0U);
}

}  // namespace
}  // namespace millrace::mqtt_receiver
