// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/session.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "lib/mqtt/packet_encoder.h"
#include "mqtt-receiver/subscription_rules.h"

namespace millrace::mqtt_receiver {

namespace {

// Of the answers of one event; then the connection sends before more is decoded.
constexpr std::size_t kOutputPerEventBytes = 64U << 10U;

// [MQTT-3.1.2-24], of MQTT 5 [MQTT-3.1.2-22]: one and a half times.
std::chrono::milliseconds longest_silence(const Agreement& agreement) {
  return std::chrono::milliseconds{agreement.keep_alive} * 3 / 2;
}

}  // namespace

Session::Session(const SessionLimits& limits, bus::UniqueIds& client_ids, time::Instant now)
    : limits_(limits),
      client_ids_(client_ids),
      connect_by_(now + limits.connect_timeout),
      decoder_(limits.decoder),
      uploads_(limits, peer_),
      last_packet_at_(now) {}

bool Session::wants_input() const {
  return may_decode() && hold_ == Hold::kNone && !has_more_;
}

bool Session::may_decode() const {
  return (state_ == State::kConnected || state_ == State::kAwaitingConnect) && !stopping_ &&
         hold_ != Hold::kDecoding && !publish_pause_until_ && uploads_.may_take();
}

void Session::receive(std::string_view bytes, time::Instant now, Actions& actions) {
  if (state_ == State::kClosed || stopping_) return;
  decoder_.feed(bytes);
  read_on(now, actions);
}

void Session::answer(std::uint64_t upload_id, const intake::Receipt& receipt, time::Instant now,
                     Actions& actions) {
  if (state_ == State::kClosed) return;
  close_for(uploads_.answer(upload_id, receipt, now, actions), actions);
  if (state_ == State::kClosed) return;
  uploads_.resubmit_due(now, actions);
  read_on(now, actions);
}

void Session::tick(time::Instant now, Actions& actions) {
  if (state_ == State::kClosed) return;
  if (uploads_.expired(now)) return close(CloseReason::kUploadUnavailable, actions);
  uploads_.resubmit_due(now, actions);
  if (state_ != State::kConnected) {
    if (now >= connect_by_) close(CloseReason::kConnectTimeout, actions);
    return;
  }
  if (publish_pause_until_ && now >= *publish_pause_until_) read_on(now, actions);
  if (!reading_ || state_ == State::kClosed) return;
  const std::chrono::milliseconds silence = longest_silence(agreement_);
  if (silence.count() > 0 && now >= last_packet_at_ + silence) {
    return close(CloseReason::kKeepAliveTimeout, actions);
  }
  if (packet_began_at_ && now >= *packet_began_at_ + limits_.packet_timeout) {
    close(CloseReason::kPacketTimeout, actions);
  }
}

void Session::go_on(Hold hold, time::Instant now, Actions& actions) {
  if (state_ == State::kClosed) return;
  hold_ = hold;
  read_on(now, actions);
}

void Session::begin_stop(time::Instant now, Actions& actions) {
  if (state_ == State::kClosed) return;
  stopping_ = true;
  read_on(now, actions);
}

time::Instant Session::next_deadline() const {
  if (state_ == State::kClosed) return time::Instant::max();
  if (state_ != State::kConnected) return connect_by_;
  time::Instant deadline = uploads_.next_deadline();
  if (publish_pause_until_) deadline = std::min(deadline, *publish_pause_until_);
  if (!reading_) return deadline;
  const std::chrono::milliseconds silence = longest_silence(agreement_);
  if (silence.count() > 0) deadline = std::min(deadline, last_packet_at_ + silence);
  if (packet_began_at_) deadline = std::min(deadline, *packet_began_at_ + limits_.packet_timeout);
  return deadline;
}

void Session::read_on(time::Instant now, Actions& actions) {
  has_more_ = false;
  if (publish_pause_until_ && now >= *publish_pause_until_) publish_pause_until_.reset();
  if (!reading_ && wants_input()) {
    // The peer could not be heard meanwhile: its times begin anew.
    last_packet_at_ = now;
    packet_began_at_.reset();
  }
  decode(now, actions);
  decoder_.retain();
  reading_ = wants_input();
  if (!decoder_.has_bytes()) {
    packet_began_at_.reset();
  } else if (!packet_began_at_) {
    packet_began_at_ = now;
  }
  if (stopping_ && uploads_.empty()) close(CloseReason::kShutdown, actions);
}

void Session::decode(time::Instant now, Actions& actions) {
  while (may_decode()) {
    if (actions.output.size() >= kOutputPerEventBytes) {
      has_more_ = true;
      return;
    }
    mqtt::Decoded decoded = decoder_.next();
    if (std::holds_alternative<mqtt::NeedMoreBytes>(decoded)) return;
    last_packet_at_ = now;
    packet_began_at_.reset();
    std::visit(
        [&](const auto& packet) {
          using Packet = std::decay_t<decltype(packet)>;
          if constexpr (!std::is_same_v<Packet, mqtt::NeedMoreBytes>) handle(packet, actions);
          if constexpr (std::is_same_v<Packet, mqtt::Publish>) charge_publish(now, actions);
        },
        decoded);
  }
}

// The publish that empties the bucket is still taken; the next has to wait.
void Session::charge_publish(time::Instant now, Actions& actions) {
  if (limits_.max_publishes_per_second == 0) return;
  const auto per_second = static_cast<double>(limits_.max_publishes_per_second);
  const time::BucketRate rate{.per_second = per_second, .burst = per_second};
  publish_tokens_.charge(rate, now);
  const std::chrono::nanoseconds wait = publish_tokens_.take(rate, now);
  if (wait.count() == 0) return publish_tokens_.give_back(rate);
  publish_pause_until_ = now + wait;
  ++actions.tally.rate_pauses;
}

void Session::handle(mqtt::Fault fault, Actions& actions) {
  // Of a CONNECT [MQTT-3.1.4-1]. Earlier levels have no code for it.
  if (state_ == State::kAwaitingConnect && decoder_.level() == mqtt::kLevel5) {
    peer_.level = mqtt::kLevel5;
    refuse_connect(mqtt::reason_code(fault), explanation(close_reason(fault)), actions);
  }
  close(close_reason(fault), actions);
}

void Session::handle(const mqtt::Connect& connect, Actions& actions) {
  ++actions.tally.packets;
  peer_ = peer_of(connect);
  if (const auto refusal = refusal_of(connect)) {
    refuse_connect(*reason_code(*refusal), explanation(*refusal), actions);
    return close(*refusal, actions);
  }
  agreement_ = agree(connect, limits_);
  client_id_ = agreement_.client_id_assigned ? client_ids_.next() : std::string(connect.client_id);
  if (connect.will) {
    will_ = std::make_unique<Will>(Will{.topic = std::string(connect.will->topic),
                                        .body = std::string(connect.will->payload)});
  }
  state_ = State::kAuthenticating;
  ConnectCredentials& credentials = actions.authentication.emplace();
  if (connect.user_name) credentials.user_name.emplace(*connect.user_name);
  if (connect.password) credentials.password.emplace(*connect.password);
}

void Session::authenticated(const AuthenticationVerdict& verdict, time::Instant now,
                            Actions& actions) {
  if (state_ != State::kAuthenticating) return;
  if (verdict.reason_code != mqtt::ReasonCode::kSuccess) {
    const CloseReason reason = verdict.reason_code == mqtt::ReasonCode::kServerUnavailable
                                   ? CloseReason::kAuthenticationUnavailable
                                   : CloseReason::kCredentialsRefused;
    refuse_connect(verdict.reason_code,
                   verdict.reason.empty() ? explanation(reason) : verdict.reason, actions);
    return close(reason, actions);
  }
  if (!mqtt::append_connack(actions.output, peer_.level, welcome(agreement_, limits_, client_id_),
                            peer_.max_packet_bytes)) {
    refuse_connect(mqtt::ReasonCode::kPacketTooLarge, explanation(CloseReason::kPacketLimitTooLow),
                   actions);
    return close(CloseReason::kPacketLimitTooLow, actions);
  }
  state_ = State::kConnected;
  actions.connected = true;
  read_on(now, actions);
}

void Session::handle(const mqtt::Publish& publish, Actions& actions) {
  ++actions.tally.packets;
  close_for(uploads_.take(publish, actions), actions);
}

void Session::handle(const mqtt::Acknowledgement& acknowledgement, Actions& actions) {
  ++actions.tally.packets;
  if (acknowledgement.type == mqtt::PacketType::kPubrel) {
    return close_for(uploads_.release(acknowledgement, actions), actions);
  }
  // One that we do not wait for is no reason to part: it changes nothing.
  uploads_.acknowledged(acknowledgement, actions);
}

void Session::handle(const mqtt::Subscribe& subscribe, Actions& actions) {
  ++actions.tally.packets;
  if (subscribe.has_subscription_identifier) {
    return close(CloseReason::kSubscriptionIdentifier, actions);
  }
  std::vector<mqtt::ReasonCode> codes;  // one a filter, in their order [MQTT-3.8.4-5]
  codes.reserve(subscribe.subscriptions.size());
  for (const mqtt::Subscription& subscription : subscribe.subscriptions) {
    if (peer_.speaks_mqtt_5() && is_shared(subscription.filter)) {
      return close(CloseReason::kSharedSubscription, actions);
    }
    codes.push_back(grant(subscription));
  }
  if (!mqtt::append_suback(actions.output, peer_.level, subscribe.packet_id, codes,
                           peer_.max_packet_bytes)) {
    ++actions.tally.oversized_answers;
  }
}

void Session::handle(const mqtt::Unsubscribe& unsubscribe, Actions& actions) {
  ++actions.tally.packets;
  std::vector<mqtt::ReasonCode> codes;  // as if what could be subscribed to had been
  codes.reserve(unsubscribe.filters.size());
  for (const std::string_view filter : unsubscribe.filters) {
    codes.push_back(grant({.filter = filter}) == mqtt::ReasonCode::kSuccess
                        ? mqtt::ReasonCode::kSuccess
                        : mqtt::ReasonCode::kNoSubscriptionExisted);
  }
  // [MQTT-3.10.4-5]
  if (!mqtt::append_unsuback(actions.output, peer_.level, unsubscribe.packet_id, codes,
                             peer_.max_packet_bytes)) {
    ++actions.tally.oversized_answers;
  }
}

void Session::handle(const mqtt::Pingreq& /*pingreq*/, Actions& actions) {
  ++actions.tally.packets;
  mqtt::append_pingresp(actions.output);  // [MQTT-3.12.4-1]
}

void Session::handle(const mqtt::Auth& /*auth*/, Actions& actions) {
  // Only for those who began with an authentication method (section 4.12).
  close(close_reason(mqtt::Fault::kUnexpectedPacket), actions);
}

void Session::handle(const mqtt::Disconnect& disconnect, Actions& actions) {
  ++actions.tally.packets;
  if (disconnect.session_expiry_s.value_or(0) > 0 && !agreement_.asked_for_session_expiry) {
    return close(CloseReason::kSessionExpiryRaised, actions);
  }
  // [MQTT-3.14.4-3]: any other reason leaves the will to be sent.
  if (disconnect.reason_code == mqtt::ReasonCode::kSuccess) will_.reset();
  close(CloseReason::kDisconnected, actions);  // [MQTT-3.14.4-2]
}

void Session::refuse_connect(mqtt::ReasonCode reason_code, std::string_view reason,
                             Actions& actions) {
  said_goodbye_ = mqtt::append_connack(actions.output, peer_.level,
                                       {.reason_code = reason_code, .reason_string = reason},
                                       peer_.max_packet_bytes);
}

// [MQTT-3.14.0-1]: no DISCONNECT before CONNACK; and none at all before MQTT 5.
void Session::say_goodbye(CloseReason reason, Actions& actions) {
  const std::optional<mqtt::ReasonCode> code = reason_code(reason);
  if (!code || said_goodbye_) return;
  if (state_ == State::kAuthenticating) {
    return refuse_connect(mqtt::ReasonCode::kServerUnavailable, explanation(reason), actions);
  }
  if (state_ != State::kConnected || !peer_.speaks_mqtt_5()) return;
  said_goodbye_ =
      mqtt::append_disconnect(actions.output, *code, explanation(reason), peer_.max_packet_bytes);
}

void Session::release_will(Actions& actions) {
  if (will_ == nullptr || state_ != State::kConnected) return;
  actions.will = upload_of(std::move(*will_));
  ++(actions.will ? actions.tally.wills_submitted : actions.tally.wills_dropped);
  will_.reset();
}

void Session::close_for(std::optional<CloseReason> reason, Actions& actions) {
  if (reason) close(*reason, actions);
}

void Session::close(CloseReason reason, Actions& actions) {
  if (state_ == State::kClosed) return;
  release_will(actions);
  say_goodbye(reason, actions);
  state_ = State::kClosed;
  actions.close = reason;
}

}  // namespace millrace::mqtt_receiver
