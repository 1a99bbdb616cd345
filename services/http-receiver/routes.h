// SPDX-License-Identifier: Apache-2.0
//
// The whole HTTP API:
//
//   POST [/kpc]/kp1/<app-version>/dcx/<endpoint-token>/json[/<request-id>]
//   POST [/kpc]/kp1/<app-version>/dcx/<endpoint-token>/plain/<metric>[/<request-id>]
//
// another method there: 405; any other path: 404.
#pragma once

#include <string>
#include <string_view>

#include <absl/status/statusor.h>

#include "lib/http/message.h"
#include "lib/telemetry/resource_path.h"

namespace millrace::http_receiver {

class UploadHandler;

// `uploads` must outlive the handler.
http::Handler make_routes(UploadHandler& uploads);

// What a request's path (percent-encoded, with its leading slash) names.
absl::StatusOr<telemetry::ResourcePath> resource_of(std::string_view path);

// The 1/KP error object as an answer. 503 and 429 get Retry-After.
http::Response error_response(int status, const std::string& reason);

}  // namespace millrace::http_receiver
