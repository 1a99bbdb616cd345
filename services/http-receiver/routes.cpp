// SPDX-License-Identifier: Apache-2.0
#include "http-receiver/routes.h"

#include "http-receiver/upload_handler.h"
#include "lib/error/error.h"
#include "lib/intake/intake.h"

namespace millrace::http_receiver {
namespace {

constexpr int kNotFound = 404;
constexpr int kMethodNotAllowed = 405;
constexpr int kTooManyRequests = 429;
constexpr int kUnavailable = 503;
constexpr std::string_view kKpcPrefix = "kpc/";

bool has_encoded_slash(std::string_view path) {
  return path.find("%2F") != std::string_view::npos || path.find("%2f") != std::string_view::npos;
}

http::Response method_not_allowed() {
  http::Response response = error_response(kMethodNotAllowed, "uploads are sent by POST");
  response.headers.add("Allow", "POST");
  return response;
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

http::Response error_response(int status, const std::string& reason) {
  http::Response response;
  response.status = status;
  response.content_type = "application/json";
  response.body = intake::error_object(status, reason);
  if (status == kUnavailable || status == kTooManyRequests) {
    response.headers.add("Retry-After", "1");
  }
  return response;
}

http::Handler make_routes(UploadHandler& uploads) {
  return [&uploads](http::Request request, const http::Reply& reply) {
    absl::StatusOr<telemetry::ResourcePath> path = resource_of(request.path);
    if (!path.ok()) {
      reply(error_response(kNotFound, error::message(path.status())));
    } else if (request.method != "POST") {
      reply(method_not_allowed());
    } else {
      uploads.handle(std::move(request), *std::move(path), reply);
    }
  };
}

}  // namespace millrace::http_receiver
