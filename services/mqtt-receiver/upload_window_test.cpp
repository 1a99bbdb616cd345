// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/upload_window.h"

#include <gtest/gtest.h>

namespace millrace::mqtt_receiver {
namespace {

using namespace std::chrono_literals;
using Ids = std::vector<std::uint64_t>;

const intake::Receipt kAccepted{.code = intake::Receipt::Code::kAccepted, .reason_phrase = ""};

class UploadWindowTest : public ::testing::Test {
 protected:
  std::uint64_t add(std::uint16_t packet_id, const std::string& body = "{}") {
    return window_.add({.qos = mqtt::Qos::kAtLeastOnce,
                        .packet_id = packet_id,
                        .topic = "t",
                        .body = body,
                        .body_bytes = body.size()});
  }

  // Packet ids of the answers that may leave, in their order.
  std::vector<int> answered() {
    std::vector<int> ids;
    while (auto next = window_.take_answered()) ids.push_back(next->upload.packet_id);
    return ids;
  }

  time::Instant now_{1h};
  const UploadLimits limits_{.max_uploads = 3, .max_bytes = 100, .unavailable_timeout = 10s};
  UploadWindow window_{limits_};
};

TEST_F(UploadWindowTest, AnswersLeaveInTheOrderTheUploadsCame) {  // [MQTT-4.6.0-2]
  const auto a = add(1);
  const auto b = add(2);
  const auto c = add(3);
  window_.settle(c, kAccepted);
  window_.settle(b, kAccepted);
  EXPECT_EQ(answered(), std::vector<int>{});
  window_.settle(a, kAccepted);
  EXPECT_EQ(answered(), (std::vector<int>{1, 2, 3}));
  EXPECT_TRUE(window_.empty());
  EXPECT_EQ(window_.bytes(), 0U);
}

TEST_F(UploadWindowTest, IsFullByNumberOrByBytes) {
  add(1);
  add(2);
  EXPECT_FALSE(window_.full());
  const auto last = add(3);
  EXPECT_TRUE(window_.full());
  EXPECT_EQ(window_.find(last)->packet_id, 3);

  UploadWindow other(limits_);
  other.add({.topic = "topic", .body_bytes = 94});
  EXPECT_FALSE(other.full());
  other.add({.topic = "t"});
  EXPECT_TRUE(other.full());
}

TEST_F(UploadWindowTest, PropertiesCountAsBytes) {
  PendingUpload upload{.topic = "t"};
  upload.properties = std::make_unique<RequestProperties>();
  upload.properties->response_topic = std::string(40, 'r');
  upload.properties->correlation_data = std::string(50, 'c');
  window_.add(std::move(upload));
  EXPECT_GT(window_.bytes(), 91U);
}

TEST_F(UploadWindowTest, AnEndlessFlowKeepsItsOrder) {
  const UploadLimits limits{.max_uploads = 1000, .max_bytes = 1 << 20};
  UploadWindow window(limits);
  int released = 0;
  for (int i = 1; i <= 5000; ++i) {
    window.add({.qos = mqtt::Qos::kAtLeastOnce, .packet_id = static_cast<std::uint16_t>(i)});
    if (i <= 100) continue;  // so many are in flight
    window.settle(static_cast<std::uint64_t>(i - 100), kAccepted);
    const auto answered = window.take_answered();
    ASSERT_TRUE(answered.has_value());
    ASSERT_EQ(answered->upload.packet_id, ++released);
  }
  EXPECT_EQ(released, 4900);
}

TEST_F(UploadWindowTest, ASettledOrUnknownUploadIsNotFound) {
  const auto a = add(1);
  window_.settle(a, kAccepted);
  EXPECT_EQ(window_.find(a), nullptr);
  EXPECT_EQ(window_.find(0), nullptr);
  EXPECT_EQ(window_.find(a + 1), nullptr);
  window_.settle(a, kAccepted);
  window_.postpone(a, now_);
  window_.settle(99, kAccepted);
  EXPECT_FALSE(window_.unavailable());
  EXPECT_EQ(answered(), std::vector<int>{1});
}

TEST_F(UploadWindowTest, WhileUnavailableTheOldestAloneIsTriedAgain) {
  const auto a = add(1);
  const auto b = add(2);
  window_.postpone(b, now_);
  window_.postpone(a, now_);
  EXPECT_TRUE(window_.unavailable());
  EXPECT_EQ(window_.next_deadline(), now_ + 100ms);
  EXPECT_EQ(window_.take_due(now_ + 99ms), Ids{});
  EXPECT_EQ(window_.take_due(now_ + 100ms), Ids{a});
  EXPECT_EQ(window_.take_due(now_ + 5s), Ids{});  // one at a time
}

TEST_F(UploadWindowTest, TheDelayDoublesUpToABound) {
  const auto a = add(1);
  window_.postpone(a, now_);
  for (const auto delay : {100ms, 200ms, 400ms, 800ms, 1600ms, 2000ms, 2000ms}) {
    EXPECT_EQ(window_.take_due(now_ + delay - 1ms), Ids{});
    EXPECT_EQ(window_.take_due(now_ + delay), Ids{a});
    now_ += delay;
    window_.postpone(a, now_);
  }
}

TEST_F(UploadWindowTest, WhenTheTriedOneIsAnsweredTheOthersFollowAtOnce) {
  const auto a = add(1);
  const auto b = add(2);
  const auto c = add(3);
  for (const auto id : {a, b, c}) window_.postpone(id, now_);
  EXPECT_EQ(window_.take_due(now_ + 100ms), Ids{a});
  window_.settle(a, kAccepted);
  EXPECT_EQ(answered(), std::vector<int>{1});
  EXPECT_EQ(window_.take_due(now_ + 100ms), (Ids{b, c}));
  EXPECT_FALSE(window_.unavailable());
  EXPECT_EQ(window_.next_deadline(), time::Instant::max());
}

TEST_F(UploadWindowTest, ExpiresWhenItStaysUnavailableForTooLong) {
  const auto a = add(1);
  window_.postpone(a, now_);
  EXPECT_EQ(window_.take_due(now_ + 100ms), Ids{a});
  EXPECT_FALSE(window_.expired(now_ + 10s - 1ms));
  EXPECT_TRUE(window_.expired(now_ + 10s));  // also while it is being tried
}

TEST_F(UploadWindowTest, ANewOutageHasANewDeadlineAndAShortDelayAgain) {
  const auto a = add(1);
  window_.postpone(a, now_);
  window_.take_due(now_ + 100ms);
  window_.postpone(a, now_ + 100ms);
  window_.take_due(now_ + 300ms);
  window_.settle(a, kAccepted);
  EXPECT_FALSE(window_.expired(now_ + 1h));
  answered();

  const auto b = add(2);
  window_.postpone(b, now_ + 1h);
  EXPECT_EQ(window_.next_deadline(), now_ + 1h + 100ms);
  EXPECT_FALSE(window_.expired(now_ + 1h + 9s));
}

}  // namespace
}  // namespace millrace::mqtt_receiver
