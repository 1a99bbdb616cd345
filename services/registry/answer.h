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
