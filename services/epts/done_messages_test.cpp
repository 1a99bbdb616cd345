// SPDX-License-Identifier: Apache-2.0
#include "epts/done_messages.h"

#include <gtest/gtest.h>

#include "epts/fakes.h"

namespace millrace::epts {
namespace {

class DoneMessagesTest : public testing::Test {
 protected:
  void add(std::uint64_t sequence, const std::string& payload) {
    HeldMessage held;
    held.message = std::make_unique<FakeMessage>(deeds_, sequence, payload);
    held.sample_count = 3;
    done_.add(held);
  }
  std::optional<std::uint32_t> find(std::uint64_t sequence, const std::string& payload) {
    return done_.find(FakeMessage(deeds_, sequence, payload));
  }

  Deeds deeds_;
  DoneMessages done_{100};
};

TEST_F(DoneMessagesTest, KnowsTheSampleCountOfWhatWasAdded) {
  add(1, "payload");
  EXPECT_EQ(find(1, "payload"), 3U);
  EXPECT_EQ(find(2, "payload"), std::nullopt);
}

TEST_F(DoneMessagesTest, TellsMessagesOfTwoStreamsApart) {
  add(1, "payload");
  EXPECT_EQ(find(1, "payloaD"), std::nullopt);
  EXPECT_EQ(find(1, "payload and more"), std::nullopt);
}

TEST_F(DoneMessagesTest, ForgetsTheOldest) {
  for (std::uint64_t i = 0; i < 1000; ++i) add(i, "payload");
  EXPECT_EQ(find(0, "payload"), std::nullopt);
  EXPECT_EQ(find(999, "payload"), 3U);
  EXPECT_EQ(find(951, "payload"), 3U);
}

}  // namespace
}  // namespace millrace::epts
