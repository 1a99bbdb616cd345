// SPDX-License-Identifier: Apache-2.0
//
// An HTTP exchange as values: what a handler sees of a request, and what it answers.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/status/statusor.h>

namespace millrace::http {

// Names compare without regard to case.
class Headers {
 public:
  void add(std::string name, std::string value);
  // One more item of the list that the field holds: behind ", " where there is a field of that name
  // already (RFC 9110, 5.3), else as add().
  void append(std::string name, std::string_view value);
  // Of the first field of that name; empty when there is none.
  std::string_view get(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }
  void reserve(std::size_t fields) { fields_.reserve(fields); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct Request {
  std::string method;  // as received: POST
  std::string path;    // of the target, still percent-encoded; without the query
  std::string query;   // behind the first ? of the target, still percent-encoded; without the ?
  Headers headers;     // a field that came several times is one, as append() makes it
  std::string body;    // as received: neither inflated nor converted, whatever Content-Type says
};

// A body that is made piece by piece while the peer takes it, for what is long or has no end.
class BodySource {
 public:
  // nullopt: that was all. An error cuts the connection, so that the peer sees that the body is not
  // whole.
  using Next = std::function<void(absl::StatusOr<std::optional<std::string>>)>;

  virtual ~BodySource() = default;
  // Called when the socket has taken the piece before; answers `done` once, from any thread, also
  // before it returns. An empty piece is no end.
  virtual void next(Next done) = 0;
  // The peer has gone, or the server stops, or it was a HEAD: nothing more is asked for, perhaps
  // nothing was, and a `done` that is still owed may be called or not. Once, unless next() has said
  // the end or an error. May come while next() runs; on the connection's thread.
  virtual void cancel() = 0;
};

struct Response {
  int status = 200;
  Headers headers;  // beside Content-Length, Content-Type and Connection
  std::string content_type;
  std::string body;
  // Set: the body is what this gives, chunked, and `body` is not looked at. A HEAD asks it nothing.
  std::shared_ptr<BodySource> stream = nullptr;
};

// Answers one request; may be called from any thread, once. A request whose Reply is dropped
// without an answer gets 500.
using Reply = std::function<void(Response)>;
// Runs on a thread of the server, so it must not block.
using Handler = std::function<void(Request, Reply)>;

// As ASCII: what compares so in HTTP has no other letters.
bool equal_ignoring_case(std::string_view a, std::string_view b);

// What stands before `separator`, without blanks around it; `rest` becomes what is behind it, empty
// behind the last.
std::string_view cut_off(std::string_view& rest, char separator);

// The text with %XX resolved. False when a % is not followed by two hexadecimal digits.
bool percent_decode(std::string_view text, std::string& decoded);

}  // namespace millrace::http
