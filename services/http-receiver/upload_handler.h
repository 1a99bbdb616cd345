// SPDX-License-Identifier: Apache-2.0
//
// Request → intake → response.
#pragma once

#include <cstddef>
#include <string>

#include "http-receiver/correlation.h"
#include "http-receiver/refusal_counts.h"
#include "http-receiver/responder.h"
#include "lib/http/message.h"
#include "lib/intake/intake.h"
#include "lib/telemetry/resource_path.h"

namespace millrace::http_receiver {

// Safe to use from any thread.
class UploadHandler {
 public:
  // `max_body_bytes`: what a compressed body may inflate to. `intake` and `refusals` must outlive
  // the handler.
  UploadHandler(intake::Intake& intake, std::size_t max_body_bytes, const RefusalCounts& refusals)
      : intake_(intake), max_body_bytes_(max_body_bytes), refusals_(refusals) {}

  // `responder` gets 200 with an empty body once JetStream has the upload, else the error object.
  void handle(http::Request request, telemetry::ResourcePath path,
              const std::optional<trace::TraceContext>& trace, Responder responder);
  // An upload was refused before it was read to its end.
  void note_unread(telemetry::ResourcePath path, const std::string& correlation_id, int status,
                   const std::string& reason);

 private:
  void refuse(const absl::Status& undecoded, telemetry::ResourcePath path,
              const Responder& responder);

  intake::Intake& intake_;
  const std::size_t max_body_bytes_;
  const RefusalCounts& refusals_;
};

}  // namespace millrace::http_receiver
