// SPDX-License-Identifier: Apache-2.0
//
// The uploads of one session, from PUBLISH to the last acknowledgement of it and of the responses
// to it: what goes to intake, what comes back, and what the client is sent for it, when and in
// which order. A part of Session, which hands it packets and receipts in turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/intake/intake.h"
#include "lib/mqtt/packet.h"
#include "lib/time/clock.h"
#include "mqtt-receiver/peer.h"
#include "mqtt-receiver/received_ids.h"
#include "mqtt-receiver/response_sender.h"
#include "mqtt-receiver/session_actions.h"
#include "mqtt-receiver/session_limits.h"
#include "mqtt-receiver/upload_window.h"

namespace millrace::mqtt_receiver {

class UploadExchange {
 public:
  // Both outlive the exchange.
  UploadExchange(const SessionLimits& limits, const Peer& peer)
      : limits_(limits),
        peer_(peer),
        window_(limits.uploads),
        responses_(limits.max_unacknowledged_responses, peer) {}

  // Whether another PUBLISH may come: the window has room, and intake is there.
  bool may_take() const { return !window_.full() && !window_.unavailable(); }
  bool empty() const { return window_.empty(); }
  // Memory held for uploads and for responses that wait.
  std::size_t held_bytes() const {
    return window_.bytes() + received_.bytes() + responses_.waiting_bytes();
  }

  // Each returns why the connection must end, if it must.
  using Ending = std::optional<CloseReason>;
  Ending take(const mqtt::Publish& publish, Actions& actions);
  // PUBREL, of a publish of the client's.
  Ending release(const mqtt::Acknowledgement& pubrel, Actions& actions);
  // What intake says of a submission; nothing happens when it is answered already.
  Ending answer(std::uint64_t upload_id, const intake::Receipt& receipt, time::Instant now,
                Actions& actions);

  // PUBACK, PUBREC or PUBCOMP, of a response of ours.
  void acknowledged(const mqtt::Acknowledgement& acknowledgement, Actions& actions) {
    responses_.acknowledged(acknowledgement, actions.output);
  }
  // Submits again what is due.
  void resubmit_due(time::Instant now, Actions& actions);
  time::Instant next_deadline() const { return window_.next_deadline(); }
  // Intake has been unavailable for too long.
  bool expired(time::Instant now) const { return window_.expired(now); }

 private:
  bool too_many_unfinished(mqtt::Qos qos) const;
  void repeat(std::uint16_t packet_id, ReceivedIds::State state, Actions& actions);
  Ending submit(const mqtt::Publish& publish, telemetry::ResourcePath path, Actions& actions);
  Ending refuse(const mqtt::Publish& publish, intake::Receipt receipt, bool unknown_topic,
                Actions& actions);
  std::uint64_t add(PendingUpload upload);
  Ending release_answers(Actions& actions);
  Ending respond(const PendingUpload& upload, const intake::Receipt& receipt, Actions& actions);
  void acknowledge(const PendingUpload& upload, mqtt::ReasonCode reason_code,
                   std::string_view reason, Actions& actions);
  bool send(const mqtt::OutgoingPublish& response, std::uint32_t& count, Actions& actions);

  const SessionLimits& limits_;
  const Peer& peer_;
  UploadWindow window_;
  std::size_t unacknowledged_qos_1_ = 0;  // of window_
  ReceivedIds received_;
  ResponseSender responses_;
};

}  // namespace millrace::mqtt_receiver
