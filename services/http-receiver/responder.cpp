// SPDX-License-Identifier: Apache-2.0
#include "http-receiver/responder.h"

#include "http-receiver/correlation.h"
#include "lib/intake/intake.h"

namespace millrace::http_receiver {
namespace {

constexpr int kTooManyRequests = 429;
constexpr int kUnavailable = 503;

}  // namespace

http::Response error_response(int status, std::string_view reason) {
  http::Response response;
  response.status = status;
  response.content_type = "application/json";
  response.body = intake::error_object(status, reason);
  if (status == kUnavailable || status == kTooManyRequests) {
    response.headers.add("Retry-After", "1");
  }
  return response;
}

void finish(http::Response& response, const std::string& correlation_id, std::string_view origin,
            const http::CorsRules& cors) {
  response.headers.add(kCorrelationHeader, correlation_id);
  http::allow_origin(cors, origin, response);
}

}  // namespace millrace::http_receiver
