// SPDX-License-Identifier: Apache-2.0
//
// The answer to a request over NATS.
#pragma once

#include <string>

namespace millrace::registry {

struct Answer {
  int status = 0;  // HTTP code, as in the bytes
  std::string bytes;
};

inline constexpr int kOk = 200;
inline constexpr int kBadRequest = 400;
inline constexpr int kUnauthorized = 401;
inline constexpr int kForbidden = 403;
inline constexpr int kNotFound = 404;
inline constexpr int kUnavailable = 503;

inline constexpr char kNoRequest[] = "cannot decode the request";
inline constexpr char kTryAgain[] = "the registry cannot reach its database; try again";

// Of a message with `status_code`.
template <class Response>
Answer answer_of(const Response& response) {
  return {response.status_code(), response.SerializeAsString()};
}

template <class Response>
Answer refusal(int status, const std::string& reason) {
  Response response;
  response.set_status_code(status);
  response.set_reason_phrase(reason);
  return answer_of(response);
}

}  // namespace millrace::registry
