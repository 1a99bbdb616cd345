// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/upload_exchange.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/telemetry/resource_path.h"
#include "mqtt-receiver/response_topic.h"

namespace millrace::mqtt_receiver {

namespace {

using mqtt::Qos;
using Code = intake::Receipt::Code;

std::string too_large_reason(std::size_t bytes) {
  return fmt::format(
      "the body of {} bytes is too large for this server: send fewer samples at once "
      "(setting max-upload-size)",
      bytes);
}

// Counts levels only where the topic is so much longer than its known parts that there may be too
// many: one more level is one byte more at least.
bool is_too_deep(const telemetry::ResourcePath& path, std::string_view topic) {
  constexpr std::size_t kKnownBytes = std::string_view("kp1//dcx//plain/").size();
  const std::size_t known =
      kKnownBytes + path.app_version_name.size() + path.token.size() + path.metric.size();
  if (topic.size() <= known + kMaxUploadTopicLevels / 2) return false;
  return static_cast<std::size_t>(std::count(topic.begin(), topic.end(), '/')) >=
         kMaxUploadTopicLevels;
}

intake::Receipt bad_topic(std::string reason) {
  return {.code = Code::kNotFound, .reason_phrase = std::move(reason)};
}

std::unique_ptr<RequestProperties> request_properties(const mqtt::Publish& publish) {
  if (publish.response_topic.empty() && publish.traceparent.empty()) return nullptr;
  auto properties = std::make_unique<RequestProperties>();
  properties->response_topic = publish.response_topic;
  if (!publish.response_topic.empty() && publish.correlation_data) {
    properties->correlation_data.emplace(*publish.correlation_data);
  }
  if (!publish.traceparent.empty()) {
    properties->trace = trace::TraceContext::parse(publish.traceparent);
  }
  return properties;
}

PendingUpload pending(const mqtt::Publish& publish) {
  PendingUpload upload;
  upload.qos = publish.qos;
  upload.packet_id = publish.packet_id;
  upload.topic = publish.topic;
  upload.properties = request_properties(publish);
  return upload;
}

}  // namespace

UploadExchange::Ending UploadExchange::take(const mqtt::Publish& publish, Actions& actions) {
  ++actions.tally.publishes.at(static_cast<std::size_t>(publish.qos));
  if (publish.qos == Qos::kExactlyOnce) {
    if (const auto state = received_.find(publish.packet_id)) {
      repeat(publish.packet_id, *state, actions);
      return std::nullopt;
    }
  }
  if (too_many_unfinished(publish.qos)) return CloseReason::kReceiveMaximumExceeded;
  // Of such a topic not even the refusal's topic can be written.
  if (publish.topic.size() > kMaxTopicBytes) return close_reason(mqtt::Fault::kInvalidTopic);
  if (publish.topic.size() > kMaxUploadTopicBytes) {
    return refuse(publish,
                  bad_topic(fmt::format("the topic of {} bytes is too long: {} at most",
                                        publish.topic.size(), kMaxUploadTopicBytes)),
                  true, actions);
  }
  absl::StatusOr<telemetry::ResourcePath> path = telemetry::parse_resource_path(publish.topic);
  if (publish.skipped_bytes > 0) {
    intake::Receipt receipt{.code = Code::kTooLarge,
                            .reason_phrase = too_large_reason(publish.skipped_bytes)};
    if (path.ok()) {
      actions.refusals.push_back({.path = *std::move(path),
                                  .status_code = static_cast<int>(receipt.code),
                                  .reason_phrase = receipt.reason_phrase});
    }
    // CONNACK has told these clients their maximum packet size (section 3.2.2.3.6).
    if (peer_.speaks_mqtt_5()) return close_reason(mqtt::Fault::kPacketTooLarge);
    return refuse(publish, std::move(receipt), false, actions);
  }
  if (!path.ok()) return refuse(publish, bad_topic(error::message(path.status())), true, actions);
  if (is_too_deep(*path, publish.topic)) {
    return refuse(
        publish,
        bad_topic(fmt::format("the topic has too many levels: {} at most", kMaxUploadTopicLevels)),
        true, actions);
  }
  return submit(publish, *std::move(path), actions);
}

// [MQTT-3.3.4-7]; earlier levels know no receive maximum, but identifiers of QoS 2 are held until
// the client lets go of them.
bool UploadExchange::too_many_unfinished(Qos qos) const {
  if (qos == Qos::kAtMostOnce) return false;
  if (peer_.speaks_mqtt_5()) {
    return unacknowledged_qos_1_ + received_.in_use() >= limits_.uploads.max_uploads;
  }
  return qos == Qos::kExactlyOnce && received_.in_use() >= limits_.max_unreleased_publishes;
}

// What came again in flight is received together with the first and not after it: by then the
// client may have released the identifier and given it to another message.
void UploadExchange::repeat(std::uint16_t packet_id, ReceivedIds::State state, Actions& actions) {
  ++actions.tally.repeated_publishes;
  if (state == ReceivedIds::State::kInFlight) return received_.repeat(packet_id);
  append_acknowledgement(actions.output, peer_,
                         {.type = mqtt::PacketType::kPubrec, .packet_id = packet_id});
}

std::uint64_t UploadExchange::add(PendingUpload upload) {
  const Qos qos = upload.qos;
  const std::uint16_t packet_id = upload.packet_id;
  const std::uint64_t id = window_.add(std::move(upload));
  if (qos == Qos::kAtLeastOnce) ++unacknowledged_qos_1_;
  if (qos == Qos::kExactlyOnce) received_.begin(packet_id);
  return id;
}

UploadExchange::Ending UploadExchange::submit(const mqtt::Publish& publish,
                                              telemetry::ResourcePath path, Actions& actions) {
  PendingUpload upload = pending(publish);
  upload.has_request_id = path.request_id.has_value();
  upload.body_bytes = publish.payload.size();
  if (publish.qos != Qos::kAtMostOnce) upload.body.assign(publish.payload);
  Submission submission;
  submission.upload.path = std::move(path);
  submission.upload.body.assign(publish.payload);
  if (upload.properties != nullptr) submission.upload.trace = upload.properties->trace;
  submission.upload_id = add(std::move(upload));
  actions.submissions.push_back(std::move(submission));
  return std::nullopt;
}

UploadExchange::Ending UploadExchange::refuse(const mqtt::Publish& publish, intake::Receipt receipt,
                                              bool unknown_topic, Actions& actions) {
  PendingUpload upload = pending(publish);
  upload.unknown_topic = unknown_topic;
  if (upload.qos == Qos::kAtMostOnce) return respond(upload, receipt, actions);
  window_.settle(add(std::move(upload)), std::move(receipt));
  return release_answers(actions);
}

UploadExchange::Ending UploadExchange::answer(std::uint64_t upload_id,
                                              const intake::Receipt& receipt, time::Instant now,
                                              Actions& actions) {
  const PendingUpload* upload = window_.find(upload_id);
  if (upload == nullptr) return std::nullopt;
  if (must_wait(receipt.code, upload->qos)) {
    // Submitted again it would be another message to the stream, and perhaps a second sample. Only
    // the device can say that it sends again.
    if (receipt.may_be_stored) return CloseReason::kUploadUnavailable;
    window_.postpone(upload_id, now);
    return std::nullopt;
  }
  // The order of answers matters to QoS 1 and 2 only; QoS 0 need not wait for uploads before it.
  Ending ending;
  if (upload->qos == Qos::kAtMostOnce) ending = respond(*upload, receipt, actions);
  window_.settle(upload_id, receipt);
  return ending ? ending : release_answers(actions);
}

void UploadExchange::resubmit_due(time::Instant now, Actions& actions) {
  for (const std::uint64_t id : window_.take_due(now)) {
    const PendingUpload& upload = *window_.find(id);
    // It has been parsed before: this cannot fail.
    absl::StatusOr<telemetry::ResourcePath> path = telemetry::parse_resource_path(upload.topic);
    if (!path.ok()) continue;
    Submission submission;
    submission.upload_id = id;
    submission.upload.path = *std::move(path);
    submission.upload.body = upload.body;
    if (upload.properties != nullptr) submission.upload.trace = upload.properties->trace;
    actions.submissions.push_back(std::move(submission));
  }
}

UploadExchange::Ending UploadExchange::release_answers(Actions& actions) {
  while (const auto answered = window_.take_answered()) {
    // QoS 0 has had its response already.
    if (answered->upload.qos == Qos::kAtMostOnce) continue;
    if (const Ending ending = respond(answered->upload, answered->receipt, actions)) return ending;
  }
  return std::nullopt;
}

UploadExchange::Ending UploadExchange::release(const mqtt::Acknowledgement& pubrel,
                                               Actions& actions) {
  const auto known = received_.find(pubrel.packet_id);
  // Without PUBREC the client cannot know that its message is safe.
  if (known == ReceivedIds::State::kInFlight) return CloseReason::kUnexpectedPubrel;
  received_.end(pubrel.packet_id);
  append_acknowledgement(actions.output, peer_,
                         {.type = mqtt::PacketType::kPubcomp,
                          .packet_id = pubrel.packet_id,
                          .reason_code = known ? mqtt::ReasonCode::kSuccess
                                               : mqtt::ReasonCode::kPacketIdentifierNotFound});
  return std::nullopt;
}

void UploadExchange::acknowledge(const PendingUpload& upload, mqtt::ReasonCode reason_code,
                                 std::string_view reason, Actions& actions) {
  mqtt::Acknowledgement acknowledgement{
      .type = mqtt::PacketType::kPuback, .packet_id = upload.packet_id, .reason_code = reason_code};
  if (upload.qos == Qos::kAtLeastOnce) {
    --unacknowledged_qos_1_;
    return append_acknowledgement(actions.output, peer_, acknowledgement, reason);
  }
  acknowledgement.type = mqtt::PacketType::kPubrec;
  // A refusal ends the exchange [MQTT-4.3.3-9]; earlier levels have none, and go on to PUBREL.
  const bool over = peer_.speaks_mqtt_5() && reason_code >= mqtt::ReasonCode::kUnspecifiedError;
  const std::size_t due =
      over ? received_.end(upload.packet_id) : received_.set_awaiting_pubrel(upload.packet_id);
  for (std::size_t i = 0; i < due; ++i) {
    append_acknowledgement(actions.output, peer_, acknowledgement, reason);
  }
}

UploadExchange::Ending UploadExchange::respond(const PendingUpload& upload,
                                               const intake::Receipt& receipt, Actions& actions) {
  Answer answer = answer_to(receipt.code, upload.qos, upload.has_request_id);
  if (upload.unknown_topic) {
    answer.reason_code = mqtt::ReasonCode::kTopicNameInvalid;
    answer.refusal = Refusal::kUnknownTopic;
  }
  if (answer.acknowledge) acknowledge(upload, answer.reason_code, receipt.reason_phrase, actions);
  if (answer.refusal) ++actions.tally.refusals.at(static_cast<std::size_t>(*answer.refusal));

  const bool is_error = answer.response == Answer::Response::kError;
  const bool wants_reply =
      upload.properties != nullptr && !upload.properties->response_topic.empty();
  if (answer.response == Answer::Response::kNone && !wants_reply) return std::nullopt;
  const std::string payload = is_error ? intake::error_object(receipt) : std::string();
  mqtt::OutgoingPublish response{
      .payload = payload, .qos = upload.qos, .payload_is_text = is_error};
  bool taken = true;
  if (answer.response != Answer::Response::kNone) {
    response.topic = upload.topic;
    response.topic_suffix = is_error ? kErrorSuffix : kStatusSuffix;
    taken =
        send(response, is_error ? actions.tally.error_responses : actions.tally.status_responses,
             actions);
  }
  if (taken && wants_reply) {
    response.topic = upload.properties->response_topic;
    response.topic_suffix = {};
    if (const auto& data = upload.properties->correlation_data) response.correlation_data = *data;
    taken = send(response, actions.tally.replies, actions);
  }
  return taken ? std::nullopt : Ending(CloseReason::kResponsesUnacknowledged);
}

bool UploadExchange::send(const mqtt::OutgoingPublish& response, std::uint32_t& count,
                          Actions& actions) {
  switch (responses_.send(response, actions.output)) {
    case ResponseSender::Outcome::kTaken:
      ++count;
      return true;
    case ResponseSender::Outcome::kTooLarge:
      ++actions.tally.oversized_answers;
      return true;
    case ResponseSender::Outcome::kTooMany:
      break;
  }
  return false;
}

}  // namespace millrace::mqtt_receiver
