// SPDX-License-Identifier: Apache-2.0
#include "cli/http_sender.h"

// cpprestsdk's macro U() would break fmt.
#define _TURN_OFF_PLATFORM_STRING
#include <cpprest/http_client.h>
#include <cpprest/json.h>
#include <fmt/format.h>

#include "cli/wrong_usage.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

web::json::value parsed(const std::string& body) {
  std::error_code fault;
  web::json::value json = web::json::value::parse(body, fault);
  return !fault && json.is_object() ? json : web::json::value::object();
}

absl::Status cannot_send(const SessionOptions& options, const std::string& cause) {
  return absl::UnavailableError(
      fmt::format("cannot send to {}: {}; is the http-receiver running there? --http-url or "
                  "MILLRACE_HTTP_URL says where it is, --timeout how long to wait",
                  options.http_url, cause));
}

Answer answer_of(const web::http::http_response& response) {
  Answer answer{"http", response.status_code(), response.reason_phrase()};
  const std::string reason =
      reason_of(response.extract_utf8string(/*ignore_content_type=*/true).get());
  if (!reason.empty()) answer.reason_phrase = reason;
  return answer;
}

// Checked before: the client takes other schemes and a missing host for a server that is away.
absl::StatusOr<web::uri> parse_url(const std::string& text) {
  constexpr int kMaxPort = 65'535;
  try {
    const web::uri url(text);
    const bool is_http = url.scheme() == "http" || url.scheme() == "https";
    if (is_http && !url.host().empty() && url.port() <= kMaxPort) return url;
  } catch (const web::uri_exception&) {
  }
  return wrong_usage(fmt::format("--http-url: '{}' must be like http://localhost:8080", text));
}

}  // namespace

std::string reason_of(const std::string& body) {
  const web::json::value json = parsed(body);
  return json.has_string_field("reasonPhrase") ? json.at("reasonPhrase").as_string() : "";
}

std::string to_json(const Answer& answer) {
  web::json::value json = web::json::value::object(/*keep_order=*/true);
  json["transport"] = web::json::value::string(answer.transport);
  json["statusCode"] = answer.status_code;
  json["reasonPhrase"] = web::json::value::string(answer.reason_phrase);
  return json.serialize();
}

int status_code_of(const std::string& body) {
  const web::json::value json = parsed(body);
  return json.has_integer_field("statusCode") ? json.at("statusCode").as_integer() : 0;
}

absl::StatusOr<Answer> send_over_http(const SessionOptions& options, const Upload& upload) {
  MILLRACE_ASSIGN_OR_RETURN(const web::uri url, parse_url(options.http_url));
  try {
    web::http::client::http_client_config config;
    config.set_timeout(options.timeout);
    web::http::client::http_client client(url, config);
    web::http::http_request request(web::http::methods::POST);
    request.set_request_uri("/kp1/" + web::uri::encode_data_string(upload.app_version) + "/dcx/" +
                            web::uri::encode_data_string(upload.token) + "/json");
    request.set_body(upload.document, "application/json");
    return answer_of(client.request(request).get());
  } catch (const std::exception& fault) {
    return cannot_send(options, fault.what());
  }
}

}  // namespace millrace::cli
