// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/session.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/mqtt/packet_encoder.h"
#include "lib/mqtt/topic.h"
#include "lib/telemetry/resource_path.h"
#include "mqtt-receiver/response_topic.h"

namespace millrace::mqtt_receiver {

namespace {

// Of the answers of one event; then the connection sends before more is decoded.
constexpr std::size_t kOutputPerEventBytes = 64U << 10U;

}  // namespace

Session::Session(const SessionLimits& limits, time::Instant now)
    : limits_(limits),
      connect_by_(now + limits.connect_timeout),
      decoder_(limits.decoder),
      window_(limits.uploads),
      response_ids_(limits.max_unacknowledged_responses),
      last_packet_at_(now) {}

bool Session::wants_input() const {
  return may_decode() && hold_ == Hold::kNone && !has_more_;
}

bool Session::may_decode() const {
  return state_ != State::kClosed && !stopping_ && hold_ != Hold::kDecoding && !window_.full() &&
         !window_.unavailable();
}

void Session::receive(std::string_view bytes, time::Instant now, Actions& actions) {
  if (state_ == State::kClosed || stopping_) return;
  decoder_.feed(bytes);
  read_on(now, actions);
}

void Session::answer(std::uint64_t upload_id, const intake::Receipt& receipt, time::Instant now,
                     Actions& actions) {
  if (state_ == State::kClosed) return;
  const PendingUpload* upload = window_.find(upload_id);
  if (upload == nullptr) return;
  if (answer_to(receipt.code, upload->qos, upload->has_request_id).retry) {
    // Submitted again it would be another message to the stream, and perhaps a second sample. Only
    // the device can say that it sends again.
    if (receipt.may_be_stored) return close(CloseReason::kUploadUnavailable, actions);
    window_.postpone(upload_id, now);
  } else {
    // The order of answers matters to QoS 1 only; QoS 0 need not wait for uploads before it.
    if (upload->qos == mqtt::Qos::kAtMostOnce) respond(*upload, receipt, actions);
    window_.settle(upload_id, receipt);
    release_answers(actions);
  }
  resubmit_due(now, actions);
  read_on(now, actions);
}

void Session::tick(time::Instant now, Actions& actions) {
  if (state_ == State::kClosed) return;
  if (window_.expired(now)) return close(CloseReason::kUploadUnavailable, actions);
  resubmit_due(now, actions);
  if (state_ == State::kAwaitingConnect) {
    if (now >= connect_by_) close(CloseReason::kConnectTimeout, actions);
    return;
  }
  if (!reading_) return;
  if (keep_alive_timeout_.count() > 0 && now >= last_packet_at_ + keep_alive_timeout_) {
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
  if (state_ == State::kAwaitingConnect) return connect_by_;
  time::Instant deadline = window_.next_deadline();
  if (!reading_) return deadline;
  if (keep_alive_timeout_.count() > 0) {
    deadline = std::min(deadline, last_packet_at_ + keep_alive_timeout_);
  }
  if (packet_began_at_) deadline = std::min(deadline, *packet_began_at_ + limits_.packet_timeout);
  return deadline;
}

void Session::read_on(time::Instant now, Actions& actions) {
  has_more_ = false;
  if (!reading_ && wants_input()) {
    // The peer could not be heard meanwhile: its times begin anew.
    last_packet_at_ = now;
    packet_began_at_.reset();
  }
  while (may_decode()) {
    if (actions.output.size() >= kOutputPerEventBytes) {
      has_more_ = true;
      break;
    }
    mqtt::Decoded decoded = decoder_.next();
    if (std::holds_alternative<mqtt::NeedMoreBytes>(decoded)) break;
    last_packet_at_ = now;
    packet_began_at_.reset();
    std::visit(
        [&](const auto& packet) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(packet)>, mqtt::NeedMoreBytes>) {
            handle(packet, actions);
          }
        },
        decoded);
  }
  decoder_.retain();
  reading_ = wants_input();
  if (!decoder_.has_bytes()) {
    packet_began_at_.reset();
  } else if (!packet_began_at_) {
    packet_began_at_ = now;
  }
  if (stopping_ && window_.empty()) close(CloseReason::kShutdown, actions);
}

void Session::handle(mqtt::Fault fault, Actions& actions) {
  close(close_reason(fault), actions);
}

void Session::handle(const mqtt::Connect& connect, Actions& actions) {
  ++actions.tally.packets;
  if (!connect.level_supported || connect.level == mqtt::kLevel5) {
    mqtt::append_connack(actions.output, mqtt::kLevel311,
                         {.reason_code = mqtt::ReasonCode::kUnsupportedProtocolVersion});
    return close(CloseReason::kUnacceptableProtocolLevel, actions);
  }
  // An id that we choose needs a clean session [MQTT-3.1.3-8]; MQTT 3.1 knows no such ids.
  const bool we_choose = connect.client_id.empty();
  const bool may_choose = connect.clean_session && connect.level != mqtt::kLevel31;
  if ((we_choose && !may_choose) || connect.client_id.size() > kMaxClientIdBytes) {
    mqtt::append_connack(actions.output, connect.level,
                         {.reason_code = mqtt::ReasonCode::kClientIdentifierNotValid});
    return close(CloseReason::kIdentifierRejected, actions);
  }
  client_id_.assign(connect.client_id);
  // [MQTT-3.1.2-24]
  keep_alive_timeout_ = std::chrono::milliseconds{connect.keep_alive_s * 1500};
  state_ = State::kConnected;
  actions.connected = true;
  mqtt::append_connack(actions.output, connect.level, {});
}

void Session::handle(const mqtt::Publish& publish, Actions& actions) {
  ++actions.tally.packets;
  if (publish.qos == mqtt::Qos::kExactlyOnce) return close(CloseReason::kQos2Unsupported, actions);
  if (publish.topic.size() > kMaxTopicBytes) {
    return close(close_reason(mqtt::Fault::kInvalidTopic), actions);
  }
  const bool at_least_once = publish.qos == mqtt::Qos::kAtLeastOnce;
  ++(at_least_once ? actions.tally.publishes_qos_1 : actions.tally.publishes_qos_0);
  PendingUpload upload{
      .qos = publish.qos, .packet_id = publish.packet_id, .topic = std::string(publish.topic)};
  absl::StatusOr<telemetry::ResourcePath> path = telemetry::parse_resource_path(publish.topic);
  if (publish.skipped_bytes > 0) {
    intake::Receipt receipt{
        .code = intake::Receipt::Code::kTooLarge,
        .reason_phrase = fmt::format(
            "the body of {} bytes is too large for this server: send fewer samples at once "
            "(setting max-upload-size)",
            publish.skipped_bytes)};
    if (path.ok()) {
      actions.refusals.push_back({.path = *std::move(path),
                                  .status_code = static_cast<int>(receipt.code),
                                  .reason_phrase = receipt.reason_phrase});
    }
    return refuse(std::move(upload), std::move(receipt), actions);
  }
  if (!path.ok()) {
    return refuse(
        std::move(upload),
        {.code = intake::Receipt::Code::kNotFound, .reason_phrase = error::message(path.status())},
        actions);
  }
  upload.has_request_id = path->request_id.has_value();
  upload.body_bytes = publish.payload.size();
  if (at_least_once) upload.body.assign(publish.payload);
  Submission submission;
  submission.upload.path = *std::move(path);
  submission.upload.body.assign(publish.payload);
  submission.upload_id = window_.add(std::move(upload));
  actions.submissions.push_back(std::move(submission));
}

void Session::handle(const mqtt::Acknowledgement& puback, Actions& actions) {
  if (puback.type != mqtt::PacketType::kPuback) {
    return close(close_reason(mqtt::Fault::kUnexpectedPacket), actions);
  }
  ++actions.tally.packets;
  // One that we do not wait for is no reason to part: it changes nothing.
  response_ids_.release(puback.packet_id);
}

void Session::handle(const mqtt::Subscribe& subscribe, Actions& actions) {
  ++actions.tally.packets;
  std::vector<mqtt::ReasonCode> codes;  // one a filter, in their order [MQTT-3.8.4-5]
  codes.reserve(subscribe.subscriptions.size());
  for (const mqtt::Subscription& subscription : subscribe.subscriptions) {
    if (!mqtt::is_valid_topic_filter(subscription.filter)) {
      codes.push_back(mqtt::ReasonCode::kTopicFilterInvalid);
    } else {
      codes.push_back(subscription.qos == mqtt::Qos::kAtMostOnce ? mqtt::ReasonCode::kSuccess
                                                                 : mqtt::ReasonCode::kGrantedQos1);
    }
  }
  mqtt::append_suback(actions.output, mqtt::kLevel311, subscribe.packet_id, codes);
}

void Session::handle(const mqtt::Unsubscribe& unsubscribe, Actions& actions) {
  ++actions.tally.packets;
  mqtt::append_unsuback(actions.output, mqtt::kLevel311, unsubscribe.packet_id,
                        {});  // [MQTT-3.10.4-5]
}

void Session::handle(const mqtt::Pingreq& /*pingreq*/, Actions& actions) {
  ++actions.tally.packets;
  mqtt::append_pingresp(actions.output);  // [MQTT-3.12.4-1]
}

void Session::handle(const mqtt::Auth& /*auth*/, Actions& actions) {
  close(close_reason(mqtt::Fault::kUnexpectedPacket), actions);
}

void Session::handle(const mqtt::Disconnect& /*disconnect*/, Actions& actions) {
  ++actions.tally.packets;
  close(CloseReason::kDisconnected, actions);  // [MQTT-3.14.4-2]
}

void Session::refuse(PendingUpload upload, intake::Receipt receipt, Actions& actions) {
  if (upload.qos == mqtt::Qos::kAtMostOnce) return respond(upload, receipt, actions);
  window_.settle(window_.add(std::move(upload)), std::move(receipt));
  release_answers(actions);
}

void Session::resubmit_due(time::Instant now, Actions& actions) {
  for (const std::uint64_t id : window_.take_due(now)) {
    const PendingUpload& upload = *window_.find(id);
    // It has been parsed before: this cannot fail.
    absl::StatusOr<telemetry::ResourcePath> path = telemetry::parse_resource_path(upload.topic);
    if (!path.ok()) continue;
    Submission submission;
    submission.upload_id = id;
    submission.upload.path = *std::move(path);
    submission.upload.body = upload.body;
    actions.submissions.push_back(std::move(submission));
  }
}

void Session::release_answers(Actions& actions) {
  while (state_ != State::kClosed) {
    const auto answered = window_.take_answered();
    if (!answered) return;
    // QoS 0 has had its response already.
    if (answered->upload.qos == mqtt::Qos::kAtMostOnce) continue;
    respond(answered->upload, answered->receipt, actions);
  }
}

void Session::respond(const PendingUpload& upload, const intake::Receipt& receipt,
                      Actions& actions) {
  const Answer answer = answer_to(receipt.code, upload.qos, upload.has_request_id);
  if (answer.acknowledge)
    mqtt::append_acknowledgement(actions.output, mqtt::kLevel311, {.packet_id = upload.packet_id});
  if (answer.response == Answer::Response::kNone) return;

  const bool is_error = answer.response == Answer::Response::kError;
  const std::string payload = is_error ? intake::error_object(receipt) : std::string();
  mqtt::OutgoingPublish response{.topic = upload.topic,
                                 .topic_suffix = is_error ? kErrorSuffix : kStatusSuffix,
                                 .payload = payload,
                                 .qos = upload.qos};
  if (response.qos == mqtt::Qos::kAtLeastOnce) {
    const std::optional<std::uint16_t> id = response_ids_.take();
    if (!id) return close(CloseReason::kResponsesUnacknowledged, actions);
    response.packet_id = *id;
  }
  mqtt::append_publish(actions.output, mqtt::kLevel311, response);
  ++(is_error ? actions.tally.error_responses : actions.tally.status_responses);
}

void Session::close(CloseReason reason, Actions& actions) {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  actions.close = reason;
}

}  // namespace millrace::mqtt_receiver
