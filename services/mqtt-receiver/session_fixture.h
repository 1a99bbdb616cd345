// SPDX-License-Identifier: Apache-2.0
//
// For tests: a device on one side of a session and an intake on the other, in the test's own time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/mqtt/client_bytes.h"
#include "lib/mqtt/server_words.h"
#include "mqtt-receiver/session.h"

namespace millrace::mqtt_receiver {

using namespace std::chrono_literals;  // NOLINT(google-global-names-in-headers): tests only
using Packets = std::vector<std::string>;

inline constexpr std::string_view kTopic = "kp1/demo-v1/dcx/token/json";
inline constexpr std::string_view kTopicWithId = "kp1/demo-v1/dcx/token/json/23";

class SessionTest : public ::testing::Test {
 protected:
  SessionTest() { start({}); }

  void start(const SessionLimits& limits) {
    session_ = std::make_unique<Session>(limits, now_);
    submitted_.clear();
    closed_.reset();
    tally_ = {};
  }
  void start_connected(const SessionLimits& limits = {}) {
    start(limits);
    ASSERT_THAT(receive(mqtt::client_bytes::connect()), ::testing::ElementsAre("CONNACK 0"));
  }

  // Each event returns the packets it made the session send.
  Packets receive(std::string_view bytes) {
    Actions actions;
    session_->receive(bytes, now_, actions);
    return carry_out(actions);
  }
  Packets answer(std::uint64_t upload_id, const intake::Receipt& receipt) {
    Actions actions;
    session_->answer(upload_id, receipt, now_, actions);
    return carry_out(actions);
  }
  Packets answer(std::uint64_t upload_id, intake::Receipt::Code code) {
    return answer(
        upload_id,
        {.code = code, .reason_phrase = code == intake::Receipt::Code::kAccepted ? "" : "why"});
  }
  Packets advance(std::chrono::milliseconds step) {
    now_ += step;
    Actions actions;
    session_->tick(now_, actions);
    return carry_out(actions);
  }
  Packets go_on(Hold hold) {
    Actions actions;
    session_->go_on(hold, now_, actions);
    return carry_out(actions);
  }
  Packets begin_stop() {
    Actions actions;
    session_->begin_stop(now_, actions);
    return carry_out(actions);
  }

  Packets carry_out(Actions& actions) {
    for (Submission& submission : actions.submissions) submitted_.push_back(std::move(submission));
    if (actions.close) {
      EXPECT_FALSE(closed_.has_value()) << "closed twice";
      closed_ = actions.close;
    }
    tally_.packets += actions.tally.packets;
    tally_.publishes_qos_0 += actions.tally.publishes_qos_0;
    tally_.publishes_qos_1 += actions.tally.publishes_qos_1;
    tally_.status_responses += actions.tally.status_responses;
    tally_.error_responses += actions.tally.error_responses;
    return mqtt::client_bytes::packets_in(actions.output);
  }

  time::Instant now_{1h};
  std::unique_ptr<Session> session_;
  std::vector<Submission> submitted_;  // ids grow from 1
  std::optional<CloseReason> closed_;
  Tally tally_;
};

}  // namespace millrace::mqtt_receiver
