// SPDX-License-Identifier: Apache-2.0
//
// An HTTP exchange as values: what a handler sees of a request, and what it answers.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::http {

// Names compare without regard to case.
class Headers {
 public:
  void add(std::string name, std::string value);
  // Of the first field of that name; empty when there is none.
  std::string_view get(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct Request {
  std::string method;  // as received: POST
  std::string path;    // of the target, still percent-encoded; without the query
  Headers headers;
  std::string body;  // as received: neither inflated nor converted, whatever Content-Type says
};

struct Response {
  int status = 200;
  Headers headers;  // beside Content-Length, Content-Type and Connection
  std::string content_type;
  std::string body;
};

// Answers one request; may be called from any thread, once. A request whose Reply is dropped
// without an answer gets 500.
using Reply = std::function<void(Response)>;
// Runs on a thread of the server, so it must not block.
using Handler = std::function<void(Request, Reply)>;

// The text with %XX resolved. False when a % is not followed by two hexadecimal digits.
bool percent_decode(std::string_view text, std::string& decoded);

}  // namespace millrace::http
