// SPDX-License-Identifier: Apache-2.0
#include "http-receiver/upload_handler.h"

#include <algorithm>
#include <utility>

#include <absl/status/status.h>
#include <fmt/format.h>

#include "http-receiver/routes.h"
#include "lib/error/error.h"
#include "lib/http/inflate.h"

namespace millrace::http_receiver {
namespace {

constexpr std::size_t kMaxCorrelationIdBytes = 64;
constexpr char kCorrelationHeader[] = "X-Request-Id";
constexpr int kBadRequest = 400;
constexpr int kTooLarge = 413;
constexpr int kUnsupportedEncoding = 415;

// What may stand in logs of all services and in other people's tools.
bool is_correlation_id(std::string_view id) {
  return !id.empty() && id.size() <= kMaxCorrelationIdBytes &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.' || c == ':';
         });
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

std::optional<trace::TraceContext> trace_of(const http::Request& request) {
  const std::string_view given = request.headers.get(trace::kTraceparentHeader);
  if (given.empty()) return std::nullopt;
  return trace::TraceContext::parse(given);
}

std::string unsupported_reason(const std::string& encoding) {
  return fmt::format("cannot decode Content-Encoding \"{}\"; send gzip, or none", encoding);
}

http::Response unsupported(const std::string& reason) {
  http::Response response = error_response(kUnsupportedEncoding, reason);
  response.headers.add("Accept-Encoding", "gzip");
  return response;
}

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

void UploadHandler::handle(http::Request request, telemetry::ResourcePath path, http::Reply reply) {
  const std::optional<trace::TraceContext> trace = trace_of(request);
  const std::string id = correlation_id(request, trace);
  // Successes are many, and nobody looks at them.
  auto answer = [id, reply = std::move(reply)](http::Response response) {
    if (response.status != 200) response.headers.add(kCorrelationHeader, id);
    reply(std::move(response));
  };
  const auto refuse = [&](http::Response response, const std::string& reason) {
    intake_.note({std::move(path), id, response.status, reason});
    answer(std::move(response));
  };
  const std::string encoding = lower(request.headers.get("Content-Encoding"));
  if (encoding == "gzip" || encoding == "x-gzip") {
    absl::StatusOr<std::string> text = http::inflate_gzip(request.body, max_body_bytes_);
    if (!text.ok()) {
      const bool too_large = text.status().code() == absl::StatusCode::kResourceExhausted;
      const std::string reason = error::message(text.status());
      return refuse(error_response(too_large ? kTooLarge : kBadRequest, reason), reason);
    }
    request.body = *std::move(text);
  } else if (!encoding.empty() && encoding != "identity") {
    const std::string reason = unsupported_reason(encoding);
    return refuse(unsupported(reason), reason);
  }
  intake_.submit({std::move(path), std::move(request.body), id, trace},
                 [answer = std::move(answer)](const intake::Receipt& receipt) {
                   answer(response_of(receipt));
                 });
}

void UploadHandler::note_unread(std::string_view path, int status, const std::string& reason) {
  absl::StatusOr<telemetry::ResourcePath> resource = resource_of(path);
  if (resource.ok()) intake_.note({*std::move(resource), {}, status, reason});
}

// Made here and not by the intake: refusals before it name the id, too.
std::string UploadHandler::correlation_id(const http::Request& request,
                                          const std::optional<trace::TraceContext>& trace) {
  const std::string_view given = request.headers.get(kCorrelationHeader);
  if (is_correlation_id(given)) return std::string(given);
  return trace.has_value() ? std::string(trace->trace_id()) : correlation_ids_.next();
}

}  // namespace millrace::http_receiver
