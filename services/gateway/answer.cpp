// SPDX-License-Identifier: Apache-2.0
#include "gateway/answer.h"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "lib/utf8/utf8.h"

namespace millrace::gateway {
namespace {

constexpr char kContentSecurityPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";
constexpr char kPermissionsPolicy[] =
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()";
constexpr int kTooManyRequests = 429;
constexpr int kUnavailable = 503;

}  // namespace

int http_status(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kCancelled:
      return 499;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return kTooManyRequests;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return kUnavailable;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

std::string json_quoted(std::string_view given) {
  // What a client sent may be quoted in it.
  const std::string text = utf8::with_replacements(given);
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  return {buffer.GetString(), buffer.GetSize()};
}

http::Response error_answer(int status, std::string_view message) {
  const std::string quoted = json_quoted(message);
  http::Response response;
  response.status = status;
  response.content_type = "application/json";
  response.body =
      fmt::format(R"({{"statusCode":{},"reasonPhrase":{},"message":{}}})", status, quoted, quoted);
  if (status == kTooManyRequests || status == kUnavailable) {
    response.headers.add("Retry-After", "1");
  }
  return response;
}

http::Response method_not_allowed(const std::string& method, const std::string& allow) {
  http::Response response =
      error_answer(405, fmt::format("cannot {} this path; it takes {}", method, allow));
  response.headers.add("Allow", allow);
  return response;
}

void add_security_headers(http::Response& response, bool over_tls) {
  http::Headers& headers = response.headers;
  headers.add("Content-Security-Policy", kContentSecurityPolicy);
  headers.add("Cross-Origin-Opener-Policy", "same-origin");
  headers.add("Cross-Origin-Resource-Policy", "same-origin");
  headers.add("Permissions-Policy", kPermissionsPolicy);
  headers.add("Referrer-Policy", "no-referrer");
  headers.add("X-Content-Type-Options", "nosniff");
  if (over_tls) headers.add("Strict-Transport-Security", "max-age=31536000");
  // Answers of the API are one caller's; the files say for themselves how long they last.
  if (headers.get("Cache-Control").empty()) headers.add("Cache-Control", "no-store");
}

}  // namespace millrace::gateway
