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

// What all uploads of a test are answered with.
inline intake::Receipt receipt_of(intake::Receipt::Code code) {
  return {.code = code, .reason_phrase = code == intake::Receipt::Code::kAccepted ? "" : "why"};
}

// Whoever connects is let in at once, unless a test sets accepts_clients_ to false.
class SessionTest : public ::testing::Test {
 protected:
  SessionTest() { start({}); }

  void start(const SessionLimits& limits) {
    session_.reset();
    limits_ = limits;
    session_ = std::make_unique<Session>(limits_, client_ids_, now_);
    submitted_.clear();
    will_.reset();
    asked_.reset();
    closed_.reset();
    tally_ = {};
    level_ = mqtt::kLevel311;
  }
  void start_connected(const SessionLimits& limits = {}) {
    start(limits);
    ASSERT_THAT(receive(mqtt::client_bytes::connect()), ::testing::ElementsAre("CONNACK 0"));
  }
  // Of a client of MQTT 5, with `properties` in its CONNECT.
  void start_connected_5(const SessionLimits& limits = {}, std::string_view properties = {}) {
    start(limits);
    ASSERT_THAT(connect_5({.properties = properties}),
                ::testing::ElementsAre(::testing::StartsWith("CONNACK 0 ")));
  }
  Packets connect_5(mqtt::client_bytes::ConnectFields fields) {
    fields.level = level_ = mqtt::kLevel5;
    return receive(mqtt::client_bytes::connect(fields));
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
    return answer(upload_id, receipt_of(code));
  }
  Packets authenticated(const AuthenticationVerdict& verdict) {
    Actions actions;
    session_->authenticated(verdict, now_, actions);
    return carry_out(actions);
  }
  Packets end(CloseReason reason) {
    Actions actions;
    session_->end(reason, actions);
    return carry_out(actions);
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
    for (const intake::OutsideRefusal& refusal : actions.refusals) {
      refused_.push_back(refusal.status_code);
    }
    if (actions.will) {
      EXPECT_FALSE(will_.has_value()) << "two wills";
      will_ = std::move(actions.will);
    }
    if (actions.close) {
      EXPECT_FALSE(closed_.has_value()) << "closed twice";
      closed_ = actions.close;
    }
    add(actions.tally);
    Packets packets = mqtt::client_bytes::packets_in(actions.output, level_);
    if (actions.authentication) {
      asked_ = std::move(actions.authentication);
      if (accepts_clients_) {
        for (std::string& packet : authenticated({})) packets.push_back(std::move(packet));
      }
    }
    return packets;
  }

  void add(const Tally& tally) {
    tally_.packets += tally.packets;
    for (std::size_t i = 0; i < tally.publishes.size(); ++i) {
      tally_.publishes[i] += tally.publishes[i];
    }
    tally_.repeated_publishes += tally.repeated_publishes;
    tally_.status_responses += tally.status_responses;
    tally_.error_responses += tally.error_responses;
    tally_.replies += tally.replies;
    tally_.oversized_answers += tally.oversized_answers;
    for (std::size_t i = 0; i < kRefusalCount; ++i) tally_.refusals[i] += tally.refusals[i];
    tally_.rate_pauses += tally.rate_pauses;
    tally_.wills_submitted += tally.wills_submitted;
    tally_.wills_dropped += tally.wills_dropped;
  }
  std::uint32_t refusals(Refusal refusal) const {
    return tally_.refusals.at(static_cast<std::size_t>(refusal));
  }

  time::Instant now_{1h};
  bus::UniqueIds client_ids_;
  SessionLimits limits_;
  std::unique_ptr<Session> session_;
  std::uint8_t level_ = mqtt::kLevel311;  // in which the session's packets are read
  bool accepts_clients_ = true;
  std::vector<Submission> submitted_;  // ids grow from 1
  std::vector<int> refused_;           // status codes of Actions::refusals
  std::optional<intake::Upload> will_;
  std::optional<ConnectCredentials> asked_;
  std::optional<CloseReason> closed_;
  Tally tally_;
};

}  // namespace millrace::mqtt_receiver
