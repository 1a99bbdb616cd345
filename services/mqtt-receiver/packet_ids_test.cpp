// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/packet_ids.h"

#include <gtest/gtest.h>

namespace millrace::mqtt_receiver {
namespace {

TEST(PacketIdsTest, IdsCountUpFromOne) {
  PacketIds ids(10);
  EXPECT_EQ(ids.take(), 1);
  EXPECT_EQ(ids.take(), 2);
}

TEST(PacketIdsTest, AnIdInUseIsNotGivenAgainAndZeroNever) {
  PacketIds ids(3);
  EXPECT_EQ(ids.take(), 1);  // stays in use
  for (int i = 0; i < 65'534; ++i) {
    const auto id = ids.take();
    ASSERT_TRUE(id.has_value());
    ASSERT_NE(*id, 0);
    ASSERT_TRUE(ids.release(*id));
  }
  EXPECT_EQ(ids.take(), 2);
}

TEST(PacketIdsTest, NoMoreThanTheBoundAreInUse) {
  PacketIds ids(2);
  ids.take();
  ids.take();
  EXPECT_EQ(ids.take(), std::nullopt);
  EXPECT_TRUE(ids.release(1));
  EXPECT_EQ(ids.take(), 3);
}

TEST(PacketIdsTest, ReleasingAnIdThatIsNotInUseSaysSo) {
  PacketIds ids(2);
  EXPECT_FALSE(ids.release(7));
  EXPECT_EQ(ids.in_use(), 0U);
}

}  // namespace
}  // namespace millrace::mqtt_receiver
