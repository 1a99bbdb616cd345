// SPDX-License-Identifier: Apache-2.0
//
// Answers that are made piece by piece, and their beginning: the first piece is awaited before the
// status line goes out, so that what fails at once is answered with its status.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <absl/status/status.h>

#include "lib/http/message.h"

namespace millrace::gateway {

// A piece has about so many bytes, but for the last one: a peer has the server's write-timeout for
// each, so that a slow one is served too.
inline constexpr std::size_t kPieceBytes = 64 << 10;

// Text that is longer than a piece, given out in pieces.
class PieceBuffer {
 public:
  std::string& text() { return text_; }
  bool has_piece() const { return text_.size() - given_ >= kPieceBytes; }
  bool empty() const { return given_ == text_.size(); }
  // What has not been given out, at most a piece of it.
  std::string take();

 private:
  std::string text_;
  std::size_t given_ = 0;
};

class AnswerSource : public http::BodySource {
 public:
  // What next() gave last was the end of it.
  virtual bool at_end() const = 0;
};

// The answer to a failed request: {"statusCode":…,"message":"…"}, the status that belongs to its
// code; 401 with WWW-Authenticate, 429 and 503 with Retry-After.
http::Response epts_error(const absl::Status& failure);

// Answers `head` with the text of `source` for its body, or the error that it begins with. A text
// that is one piece is sent whole.
void answer_with(std::shared_ptr<AnswerSource> source, http::Response head, http::Reply reply);

}  // namespace millrace::gateway
