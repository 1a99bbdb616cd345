// SPDX-License-Identifier: Apache-2.0
//
// Sends one upload over HTTP. Uses cpprestsdk.
#pragma once

#include <string>

#include <absl/status/statusor.h>

#include "cli/session.h"

namespace millrace::cli {

struct Upload {
  std::string app_version;
  std::string token;
  std::string document;
};

// What the server said, in HTTP's codes for every transport.
struct Answer {
  std::string transport;  // http, mqtt
  int status_code = 0;
  std::string reason_phrase;
};

// {"transport":"http","statusCode":200,"reasonPhrase":"OK"}
std::string to_json(const Answer& answer);

// The reasonPhrase of a 1/KP error object; empty where the body is none.
std::string reason_of(const std::string& body);
int status_code_of(const std::string& body);  // 0 where it has none

absl::StatusOr<Answer> send_over_http(const SessionOptions& options, const Upload& upload);

}  // namespace millrace::cli
