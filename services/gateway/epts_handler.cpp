// SPDX-License-Identifier: Apache-2.0
#include "gateway/epts_handler.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "gateway/answer.h"
#include "gateway/config_body.h"
#include "gateway/csv_answer.h"
#include "gateway/epts_request.h"
#include "gateway/last_body.h"
#include "gateway/parameter_faults.h"
#include "gateway/points_body.h"
#include "gateway/put_call.h"
#include "lib/error/error.h"
#include "lib/http/content_coding.h"

namespace millrace::gateway {
namespace {

constexpr int kGone = 410;
constexpr int kTooLarge = 413;
constexpr int kUnsupportedEncoding = 415;

const char* label_of(EptsResource resource) {
  switch (resource) {
    case EptsResource::kConfig:
      return "config";
    case EptsResource::kLast:
      return "last";
    case EptsResource::kData:
      return "data";
    case EptsResource::kCsv:
      return "csv";
    case EptsResource::kPut:
      break;
  }
  return "put";
}

bool has_key(const http::Request& request) {
  return !request.headers.get("Authorization").empty() || !request.headers.get("api-key").empty() ||
         !request.headers.get("x-iamcore-api-key").empty();
}

http::Response no_key() {
  return epts_error(absl::UnauthenticatedError(
      "there is no API key; send Authorization: Bearer <key>, or x-iamcore-api-key: <key>"));
}

http::Response put_that_was_removed() {
  return error_answer(kGone,
                      "this path was removed in Kaa 1.3; PUT the points to "
                      "…/app-versions/<app-version>/time-series/data");
}

http::Response json_answer() {
  http::Response response;
  response.content_type = "application/json";
  return response;
}

// Nothing: `body` holds the request's body, inflated.
std::optional<http::Response> unreadable_body(const http::Request& request, std::size_t max_bytes,
                                              std::string& body) {
  body = request.body;
  const absl::Status decoded =
      http::decode_content(request.headers.get("Content-Encoding"), body, max_bytes);
  if (decoded.ok()) return std::nullopt;
  if (absl::IsResourceExhausted(decoded)) return error_answer(kTooLarge, error::message(decoded));
  if (!absl::IsUnimplemented(decoded)) return epts_error(decoded);
  http::Response response = error_answer(kUnsupportedEncoding, error::message(decoded));
  response.headers.add("Accept-Encoding", http::kDecodedCodings);
  return response;
}

// The request as far as the coding of its answer depends on it.
http::Reply with_coding(const http::Request& request, const http::Reply& reply) {
  http::Request kept;
  kept.method = request.method;
  kept.headers = request.headers;
  return [kept = std::move(kept), reply](http::Response response) {
    http::gzip_if_accepted(kept, response, http::GzipFlush::kAtTheEnd);
    reply(std::move(response));
  };
}

}  // namespace

void EptsHandler::handle(const http::Request& request, const http::Reply& reply) {
  const auto route = epts_route_of(request.path);
  if (!route.ok()) return reply(epts_error(route.status()));
  const http::Reply counted = [this, resource = route->resource, reply](http::Response response) {
    count(resource, response.status);
    reply(std::move(response));
  };
  if (route->resource == EptsResource::kData && request.method == "PUT") {
    return counted(put_that_was_removed());
  }
  if (!allows(route->resource, request.method)) {
    return counted(
        method_not_allowed(request.method, std::string(allowed_methods(route->resource))));
  }
  if (!has_key(request)) return counted(no_key());
  answer(request, *route, with_coding(request, counted));
}

void EptsHandler::answer(const http::Request& request, const EptsRoute& route,
                         const http::Reply& reply) {
  auto begun = calls_for(request);
  if (!begun.ok()) return reply(epts_error(begun.status()));
  const std::shared_ptr<const EptsCalls> calls = *std::move(begun);
  const auto parameters = UrlParameters::parse(request.query);
  if (!parameters.ok()) return reply(epts_error(parameters.status()));
  std::string body;
  if (auto refused = unreadable_body(request, limits_.max_request_bytes, body)) {
    return reply(*std::move(refused));
  }
  const time::UnixMicros now = platform_.clock.now();
  switch (route.resource) {
    case EptsResource::kConfig: {
      const auto asked = config_request(*parameters);
      if (!asked.ok()) return reply(epts_error(asked.status()));
      return answer_with(std::make_shared<ConfigBody>(calls, *asked), json_answer(), reply);
    }
    case EptsResource::kLast: {
      const auto asked = last_request(route.name, *parameters, body, now);
      if (!asked.ok()) return reply(epts_error(asked.status()));
      return answer_with(std::make_shared<LastBody>(calls, *asked), json_answer(), reply);
    }
    case EptsResource::kPut: {
      auto batches = put_batches(route.name, body);
      if (!batches.ok()) return reply(epts_error(batches.status()));
      return std::make_shared<PutCall>(calls, *std::move(batches), reply)->start();
    }
    case EptsResource::kData:
    case EptsResource::kCsv:
      break;
  }
  const bool as_csv =
      route.resource == EptsResource::kCsv || prefers_csv(request.headers.get("Accept"));
  const auto asked = as_csv ? csv_request(route.name, *parameters, now)
                            : points_request(route.name, *parameters, now);
  if (!asked.ok()) return reply(epts_error(asked.status()));
  http::Response head = as_csv ? csv_answer(*asked) : json_answer();
  if (route.resource == EptsResource::kData) head.headers.append("Vary", "Accept");
  auto points = std::make_shared<PointsReader>(calls, *asked);
  auto text = as_csv ? points_as_csv(asked->spreadsheet_safe) : points_as_json(asked->unit);
  answer_with(std::make_shared<PointsBody>(std::move(points), std::move(text)), std::move(head),
              reply);
}

absl::StatusOr<std::shared_ptr<const EptsCalls>> EptsHandler::calls_for(
    const http::Request& request) {
  rpc::Metadata metadata = forwarded_metadata(request);
  const std::size_t owner = KeyShares::owner_of(metadata);
  MILLRACE_RETURN_IF_ERROR(shares_.enter(owner));
  std::shared_ptr<const void> share(this, [this, owner](const void*) { shares_.leave(owner); });
  return std::make_shared<const EptsCalls>(upstreams_, std::move(metadata), limits_.call_timeout,
                                           std::move(share));
}

void EptsHandler::count(EptsResource resource, int status) const {
  platform_.metrics
      .counter("millrace_gateway_epts_requests_total", "Requests of Kaa's EPTS REST API answered.",
               {{"resource", label_of(resource)}, {"status", std::to_string(status)}})
      .increment();
}

}  // namespace millrace::gateway
