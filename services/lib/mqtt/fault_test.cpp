// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/fault.h"

#include <set>

#include <gtest/gtest.h>

namespace millrace::mqtt {
namespace {

TEST(FaultTest, EveryFaultHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kFaultCount; ++i) {
    const std::string_view its = name(static_cast<Fault>(i));
    EXPECT_FALSE(its.empty());
    EXPECT_TRUE(names.insert(its).second) << its;
    EXPECT_EQ(its.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos) << its;
  }
}

TEST(FaultTest, EveryFaultIsAnErrorInMqtt5) {
  for (std::size_t i = 0; i < kFaultCount; ++i) {
    EXPECT_GE(static_cast<int>(reason_code(static_cast<Fault>(i))), 0x80);
  }
  EXPECT_EQ(reason_code(Fault::kMalformedLength), ReasonCode::kMalformedPacket);
  EXPECT_EQ(reason_code(Fault::kSecondConnect), ReasonCode::kProtocolError);
  EXPECT_EQ(reason_code(Fault::kInvalidTopicAlias), ReasonCode::kTopicAliasInvalid);
}

}  // namespace
}  // namespace millrace::mqtt
