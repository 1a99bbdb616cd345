// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/response_sender.h"

#include <utility>

namespace millrace::mqtt_receiver {

using Awaiting = PacketIds::Awaiting;

ResponseSender::Outcome ResponseSender::send(mqtt::OutgoingPublish publish, std::string& out) {
  if (mqtt::publish_bytes(peer_.level, publish) > peer_.max_packet_bytes) {
    return Outcome::kTooLarge;
  }
  if (publish.qos == mqtt::Qos::kAtMostOnce) {
    mqtt::append_publish(out, peer_.level, publish);
    return Outcome::kTaken;
  }
  const Awaiting awaiting =
      publish.qos == mqtt::Qos::kAtLeastOnce ? Awaiting::kPuback : Awaiting::kPubrec;
  const bool now = under_way_ < peer_.receive_maximum;
  if (!now && waiting_bytes() >= kMaxWaitingResponseBytes) return Outcome::kTooMany;
  const std::optional<std::uint16_t> id = ids_.take(now ? awaiting : Awaiting::kSending);
  if (!id) return Outcome::kTooMany;
  publish.packet_id = *id;
  if (now) {
    ++under_way_;
    mqtt::append_publish(out, peer_.level, publish);
    return Outcome::kTaken;
  }
  if (waiting_ == nullptr) waiting_ = std::make_unique<WaitingResponses>();
  Waiting waiting{.packet_id = *id, .awaiting = awaiting, .packet = {}};
  mqtt::append_publish(waiting.packet, peer_.level, publish);
  waiting_->bytes += waiting.packet.size();
  waiting_->packets.push_back(std::move(waiting));
  return Outcome::kTaken;
}

void ResponseSender::acknowledged(const mqtt::Acknowledgement& acknowledgement, std::string& out) {
  if (acknowledgement.type == mqtt::PacketType::kPubrec) return received(acknowledgement, out);
  const Awaiting expected =
      acknowledgement.type == mqtt::PacketType::kPuback ? Awaiting::kPuback : Awaiting::kPubcomp;
  const Awaiting* awaiting = ids_.find(acknowledgement.packet_id);
  if (awaiting != nullptr && *awaiting == expected) finish(acknowledgement.packet_id, out);
}

void ResponseSender::received(const mqtt::Acknowledgement& pubrec, std::string& out) {
  Awaiting* awaiting = ids_.find(pubrec.packet_id);
  const bool known =
      awaiting != nullptr && (*awaiting == Awaiting::kPubrec || *awaiting == Awaiting::kPubcomp);
  if (pubrec.reason_code >= mqtt::ReasonCode::kUnspecifiedError) {
    // A refusal ends the exchange, and PUBREL must not follow (section 4.3.3).
    if (known && *awaiting == Awaiting::kPubrec) finish(pubrec.packet_id, out);
    return;
  }
  if (known) *awaiting = Awaiting::kPubcomp;
  append_acknowledgement(out, peer_,
                         {.type = mqtt::PacketType::kPubrel,
                          .packet_id = pubrec.packet_id,
                          .reason_code = known ? mqtt::ReasonCode::kSuccess
                                               : mqtt::ReasonCode::kPacketIdentifierNotFound});
}

void ResponseSender::finish(std::uint16_t packet_id, std::string& out) {
  ids_.release(packet_id);
  --under_way_;
  if (waiting_ == nullptr) return;
  Waiting next = std::move(waiting_->packets.front());
  waiting_->packets.pop_front();
  waiting_->bytes -= next.packet.size();
  if (waiting_->packets.empty()) waiting_.reset();
  *ids_.find(next.packet_id) = next.awaiting;
  ++under_way_;
  out.append(next.packet);
}

}  // namespace millrace::mqtt_receiver
