// SPDX-License-Identifier: Apache-2.0
//
// What answers of all parts have in common. Pure.
#pragma once

#include <string>
#include <string_view>

#include <absl/status/status.h>

#include "lib/http/message.h"

namespace millrace::gateway {

// The HTTP status for a gRPC code, as the Connect protocol maps them; 200 for kOk.
int http_status(absl::StatusCode code);

// {"statusCode":404,"reasonPhrase":"…","message":"…"}: for clients of 1/KP and of Kaa's EPTS.
http::Response error_answer(int status, std::string_view message);
// 405; `allow`: the methods that the path takes, as "GET, HEAD".
http::Response method_not_allowed(const std::string& method, const std::string& allow);

// `text` in quotes, with what JSON wants escaped; UTF-8 stays, other bytes become U+FFFD.
std::string json_quoted(std::string_view text);

// What keeps browsers from doing more with an answer than it is meant for: a content security
// policy that lets in our own files alone, no guessing of types, no frames, no referrer.
void add_security_headers(http::Response& response, bool over_tls);

}  // namespace millrace::gateway
