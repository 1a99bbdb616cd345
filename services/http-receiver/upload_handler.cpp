// SPDX-License-Identifier: Apache-2.0
#include "http-receiver/upload_handler.h"

#include <utility>

#include <absl/status/status.h>

#include "lib/error/error.h"
#include "lib/http/content_coding.h"

namespace millrace::http_receiver {
namespace {

constexpr int kBadRequest = 400;
constexpr int kTooLarge = 413;
constexpr int kUnsupportedEncoding = 415;

http::Response response_of(const intake::Receipt& receipt) {
  if (receipt.code == intake::Receipt::Code::kAccepted) return {};
  http::Response response;
  response.status = static_cast<int>(receipt.code);
  response.content_type = "application/json";
  response.body = intake::error_object(receipt);
  if (receipt.retry_after.count() > 0) {
    response.headers.add("Retry-After", std::to_string(receipt.retry_after.count()));
  }
  return response;
}

}  // namespace

void UploadHandler::handle(http::Request request, telemetry::ResourcePath path,
                           const std::optional<trace::TraceContext>& trace, Responder responder) {
  const absl::Status decoded =
      http::decode_content(request.headers.get("Content-Encoding"), request.body, max_body_bytes_);
  if (!decoded.ok()) return refuse(decoded, std::move(path), responder);
  std::string id = responder.correlation_id();
  intake_.submit({std::move(path), std::move(request.body), std::move(id), trace},
                 [responder = std::move(responder)](const intake::Receipt& receipt) {
                   responder.send(response_of(receipt));
                 });
}

void UploadHandler::refuse(const absl::Status& undecoded, telemetry::ResourcePath path,
                           const Responder& responder) {
  const std::string reason = error::message(undecoded);
  http::Response response;
  if (absl::IsUnimplemented(undecoded)) {
    refusals_.count(RefusalCounts::Reason::kContentEncoding);
    response = error_response(kUnsupportedEncoding, reason);
    response.headers.add("Accept-Encoding", http::kDecodedCodings);
  } else if (absl::IsResourceExhausted(undecoded)) {
    refusals_.count(RefusalCounts::Reason::kInflatedTooLarge);
    response = error_response(kTooLarge, reason);
  } else {
    refusals_.count(RefusalCounts::Reason::kDamagedBody);
    response = error_response(kBadRequest, reason);
  }
  intake_.note({std::move(path), responder.correlation_id(), response.status, reason});
  responder.send(std::move(response));
}

void UploadHandler::note_unread(telemetry::ResourcePath path, const std::string& correlation_id,
                                int status, const std::string& reason) {
  intake_.note({std::move(path), correlation_id, status, reason});
}

}  // namespace millrace::http_receiver
