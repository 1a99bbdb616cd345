// SPDX-License-Identifier: Apache-2.0
#include "http-receiver/routes.h"

#include <utility>

#include <fmt/format.h>

#include "http-receiver/upload_handler.h"
#include "lib/error/error.h"

namespace millrace::http_receiver {
namespace {

using Reason = RefusalCounts::Reason;

constexpr int kNoContent = 204;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kMethodNotAllowed = 405;
constexpr char kAllowed[] = "POST, OPTIONS";
constexpr std::string_view kKpcPrefix = "kpc/";

bool has_encoded_slash(std::string_view path) {
  return path.find("%2F") != std::string_view::npos || path.find("%2f") != std::string_view::npos;
}

}  // namespace

absl::StatusOr<telemetry::ResourcePath> resource_of(std::string_view path) {
  // An encoded slash is no separator, and no name of ours may hold one.
  std::string decoded;
  if (has_encoded_slash(path) || !http::percent_decode(path, decoded)) {
    return absl::NotFoundError(
        "unknown path: bad percent-encoding; use kp1/<app-version>/dcx/<endpoint-token>/json");
  }
  std::string_view resource = decoded;
  if (resource.starts_with('/')) resource.remove_prefix(1);
  if (resource.starts_with(kKpcPrefix)) resource.remove_prefix(kKpcPrefix.size());
  return telemetry::parse_resource_path(resource);
}

http::CorsRules cors_rules(std::vector<std::string> origins) {
  return {std::move(origins), "POST", "content-type, content-encoding, x-request-id, traceparent",
          "x-request-id, retry-after, allow, accept-encoding"};
}

void Routes::handle(http::Request request, http::Reply reply) {
  const std::string_view origin = request.headers.get("Origin");
  Correlation correlation = correlations_.of(request.headers);
  Responder responder(std::move(reply), std::move(correlation.id), std::string(origin), cors_);
  // Of any path, so that the page gets to see the answer to what it asks leave for.
  if (!cors_.origins.empty() && http::is_preflight(request)) return preflight(origin, responder);
  if (request.path == "*") return other_method(request.method, responder);
  absl::StatusOr<telemetry::ResourcePath> path = resource_of(request.path);
  if (!path.ok()) {
    refusals_.count(Reason::kUnknownPath);
    return responder.send(error_response(kNotFound, error::message(path.status())));
  }
  if (request.method != "POST") return other_method(request.method, responder);
  uploads_.handle(std::move(request), *std::move(path), correlation.trace, std::move(responder));
}

http::Response Routes::refuse(const http::RefusedRequest& refused) {
  const http::Headers& headers = refused.head.headers;
  const std::string id = correlations_.of(headers).id;
  if (absl::StatusOr<telemetry::ResourcePath> path = resource_of(refused.head.path); path.ok()) {
    uploads_.note_unread(*std::move(path), id, refused.status, refused.reason);
  }
  http::Response response = error_response(refused.status, refused.reason);
  finish(response, id, headers.get("Origin"), cors_);
  return response;
}

void Routes::preflight(std::string_view origin, const Responder& responder) const {
  if (http::allows_origin(cors_, origin)) return responder.send(http::preflight_answer(cors_));
  refusals_.count(Reason::kOrigin);
  responder.send(error_response(
      kForbidden, fmt::format("cannot let pages of {} send uploads; the receiver's setting "
                              "allowed-origins says which may",
                              origin)));
}

void Routes::other_method(const std::string& method, const Responder& responder) const {
  http::Response response;
  if (method == "OPTIONS") {
    response.status = kNoContent;
  } else {
    refusals_.count(Reason::kMethod);
    response = error_response(kMethodNotAllowed, "uploads are sent by POST");
  }
  response.headers.add("Allow", kAllowed);
  responder.send(std::move(response));
}

}  // namespace millrace::http_receiver
