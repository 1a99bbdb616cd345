// SPDX-License-Identifier: Apache-2.0
//
// PUBLISH → intake → the mailbox of the connection's worker. The wiring between two threads and
// nothing else: what a receipt means to MQTT is Session's.
#pragma once

#include <utility>
#include <vector>

#include "lib/intake/intake.h"
#include "mqtt-receiver/client_registry.h"
#include "mqtt-receiver/session.h"

namespace millrace::mqtt_receiver {

// Safe to use from any thread.
class UploadHandler {
 public:
  explicit UploadHandler(intake::Intake& intake) : intake_(intake) {}

  // The receipt comes to `from` by its worker's mailbox, never inside this call.
  void submit(Submission submission, ConnectionAddress from) {
    intake_.submit(std::move(submission.upload),
                   [from, upload_id = submission.upload_id](const intake::Receipt& receipt) {
                     from.worker->put_receipt({from.connection, upload_id, receipt});
                   });
  }

  // Those that came with one read.
  void submit(std::vector<Submission>& submissions, ConnectionAddress from) {
    if (submissions.empty()) return;
    const intake::Intake::Burst burst(intake_);
    for (Submission& submission : submissions) submit(std::move(submission), from);
  }

  // Nobody waits for the receipt: whoever sent it has gone.
  void submit_unanswered(intake::Upload upload) {
    intake_.submit(std::move(upload), [](const intake::Receipt&) {});
  }

  void note(intake::OutsideRefusal refusal) { intake_.note(std::move(refusal)); }

 private:
  intake::Intake& intake_;
};

}  // namespace millrace::mqtt_receiver
