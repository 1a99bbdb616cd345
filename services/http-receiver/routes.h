// SPDX-License-Identifier: Apache-2.0
//
// The whole HTTP API:
//
//   POST    [/kpc]/kp1/<app-version>/dcx/<endpoint-token>/json[/<request-id>]
//   POST    [/kpc]/kp1/<app-version>/dcx/<endpoint-token>/plain/<metric>[/<request-id>]
//   OPTIONS of these and of *: 204 with Allow; of a page of another site: what it may send
//
// another method there: 405; any other path: 404, whatever the method. Queries are not looked at.
#pragma once

#include <string_view>

#include <absl/status/statusor.h>

#include "http-receiver/correlation.h"
#include "http-receiver/refusal_counts.h"
#include "http-receiver/responder.h"
#include "lib/http/cors.h"
#include "lib/http/message.h"
#include "lib/http/server.h"
#include "lib/telemetry/resource_path.h"

namespace millrace::http_receiver {

class UploadHandler;

// What a request's path (percent-encoded, with its leading slash) names.
absl::StatusOr<telemetry::ResourcePath> resource_of(std::string_view path);

// What pages of `origins` may send and read.
http::CorsRules cors_rules(std::vector<std::string> origins);

// Safe to use from any thread.
class Routes {
 public:
  // `uploads` and `refusals` must outlive the routes, and they the server.
  Routes(UploadHandler& uploads, http::CorsRules cors, const RefusalCounts& refusals)
      : uploads_(uploads), cors_(std::move(cors)), refusals_(refusals) {}

  void handle(http::Request request, http::Reply reply);
  // The answer to a request that could not be read.
  http::Response refuse(const http::RefusedRequest& refused);

 private:
  void preflight(std::string_view origin, const Responder& responder) const;
  void other_method(const std::string& method, const Responder& responder) const;

  UploadHandler& uploads_;
  const http::CorsRules cors_;
  const RefusalCounts& refusals_;
  Correlations correlations_;
};

}  // namespace millrace::http_receiver
