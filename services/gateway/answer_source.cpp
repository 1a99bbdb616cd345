// SPDX-License-Identifier: Apache-2.0
#include "gateway/answer_source.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "gateway/answer.h"
#include "lib/error/error.h"
#include "lib/error/retry_after.h"

namespace millrace::gateway {
namespace {

// A source whose first piece is here already.
class BegunSource final : public http::BodySource {
 public:
  BegunSource(std::string first, std::shared_ptr<AnswerSource> source)
      : first_(std::move(first)), source_(std::move(source)) {}
  // The peer had gone before it asked for anything: nobody calls cancel() then.
  ~BegunSource() override { source_->cancel(); }
  BegunSource(const BegunSource&) = delete;
  BegunSource& operator=(const BegunSource&) = delete;

  void next(Next done) override {
    if (first_) return done(std::exchange(first_, std::nullopt));
    source_->next(std::move(done));
  }
  void cancel() override { source_->cancel(); }

 private:
  std::optional<std::string> first_;
  const std::shared_ptr<AnswerSource> source_;
};

// error_answer() guesses; who is full knows.
void set_retry_after(http::Response& response, std::chrono::milliseconds wait) {
  http::Headers headers;
  for (const auto& [name, value] : response.headers.all()) {
    if (name != "Retry-After") headers.add(name, value);
  }
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait);
  headers.add("Retry-After", std::to_string(std::max<std::int64_t>(seconds.count(), 1)));
  response.headers = std::move(headers);
}

}  // namespace

std::string PieceBuffer::take() {
  std::string piece = text_.substr(given_, kPieceBytes);
  given_ += piece.size();
  if (empty()) {
    text_.clear();
    given_ = 0;
  }
  return piece;
}

http::Response epts_error(const absl::Status& failure) {
  const int status = http_status(failure.code());
  http::Response response = error_answer(status, error::message(failure));
  if (absl::IsUnauthenticated(failure)) {
    response.headers.add("WWW-Authenticate", "Bearer realm=\"millrace\"");
  }
  if (const auto wait = error::retry_after(failure)) set_retry_after(response, *wait);
  return response;
}

void answer_with(std::shared_ptr<AnswerSource> source, http::Response head, http::Reply reply) {
  AnswerSource& asked = *source;
  asked.next([source = std::move(source), head = std::move(head),
              reply = std::move(reply)](absl::StatusOr<std::optional<std::string>> piece) mutable {
    if (!piece.ok()) return reply(epts_error(piece.status()));
    std::string first = piece->has_value() ? *std::move(*piece) : std::string();
    if (source->at_end()) {
      head.body = std::move(first);
    } else {
      head.stream = std::make_shared<BegunSource>(std::move(first), std::move(source));
    }
    reply(std::move(head));
  });
}

}  // namespace millrace::gateway
