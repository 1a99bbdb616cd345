// SPDX-License-Identifier: Apache-2.0
//
// Request → intake → response.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "lib/bus/unique_id.h"
#include "lib/http/message.h"
#include "lib/intake/intake.h"
#include "lib/telemetry/resource_path.h"
#include "lib/trace/trace_context.h"

namespace millrace::http_receiver {

// Safe to use from any thread.
class UploadHandler {
 public:
  // `max_body_bytes`: what a compressed body may inflate to. `intake` must outlive the handler.
  UploadHandler(intake::Intake& intake, std::size_t max_body_bytes)
      : intake_(intake), max_body_bytes_(max_body_bytes) {}

  // `reply` gets 200 with an empty body once JetStream has the upload, else the error object.
  void handle(http::Request request, telemetry::ResourcePath path, http::Reply reply);
  // A request for `path` was refused before it was read to its end.
  void note_unread(std::string_view path, int status, const std::string& reason);

 private:
  std::string correlation_id(const http::Request& request,
                             const std::optional<trace::TraceContext>& trace);

  intake::Intake& intake_;
  const std::size_t max_body_bytes_;
  bus::UniqueIds correlation_ids_;
};

}  // namespace millrace::http_receiver
