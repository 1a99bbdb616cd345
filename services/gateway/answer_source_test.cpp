// SPDX-License-Identifier: Apache-2.0
#include "gateway/answer_source.h"

#include <gmock/gmock.h>

#include "lib/error/retry_after.h"

namespace millrace::gateway {
namespace {

using testing::HasSubstr;

class PlayedSource final : public AnswerSource {
 public:
  explicit PlayedSource(std::vector<std::string> pieces, absl::Status end = absl::OkStatus())
      : pieces_(std::move(pieces)), end_(std::move(end)) {}

  void next(Next done) override {
    if (at_ < pieces_.size()) return done(std::optional(pieces_[at_++]));
    if (!end_.ok()) return done(end_);
    done(std::optional<std::string>());
  }
  void cancel() override { ++cancelled; }
  bool at_end() const override { return end_.ok() && at_ == pieces_.size(); }

  int cancelled = 0;

 private:
  const std::vector<std::string> pieces_;
  const absl::Status end_;
  std::size_t at_ = 0;
};

http::Response answer_of(const std::shared_ptr<PlayedSource>& source) {
  http::Response answer;
  http::Response head;
  head.content_type = "text/plain";
  answer_with(source, std::move(head), [&answer](http::Response given) { answer = given; });
  return answer;
}

TEST(AnswerSource, WhatIsOnePieceIsSentWhole) {
  const http::Response answer =
      answer_of(std::make_shared<PlayedSource>(std::vector<std::string>{"all"}));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "text/plain");
  EXPECT_EQ(answer.body, "all");
  EXPECT_EQ(answer.stream, nullptr);
}

TEST(AnswerSource, TheRestIsGivenPieceByPiece) {
  const auto source = std::make_shared<PlayedSource>(std::vector<std::string>{"a", "b"});
  const http::Response answer = answer_of(source);
  ASSERT_NE(answer.stream, nullptr);
  std::string text;
  bool more = true;
  while (more) {
    answer.stream->next([&](absl::StatusOr<std::optional<std::string>> piece) {
      more = piece->has_value();
      if (more) text += **piece;
    });
  }
  EXPECT_EQ(text, "ab");
}

TEST(AnswerSource, APeerThatGoesCancelsItAlsoBeforeItAskedForAnything) {
  const auto source = std::make_shared<PlayedSource>(std::vector<std::string>{"a", "b"});
  answer_of(source);
  EXPECT_EQ(source->cancelled, 1);
}

TEST(AnswerSource, WhatFailsAtOnceHasItsStatus) {
  const http::Response answer = answer_of(
      std::make_shared<PlayedSource>(std::vector<std::string>{}, absl::NotFoundError("no app")));
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, HasSubstr(R"("message":"no app")"));
  EXPECT_EQ(answer.content_type, "application/json");
}

TEST(EptsError, SaysWhatToDo) {
  EXPECT_EQ(epts_error(absl::UnauthenticatedError("x")).headers.get("WWW-Authenticate"),
            "Bearer realm=\"millrace\"");
  EXPECT_EQ(epts_error(absl::PermissionDeniedError("x")).status, 403);
  EXPECT_EQ(epts_error(absl::UnavailableError("x")).headers.get("Retry-After"), "1");
  const http::Response full = epts_error(error::with_retry_after(
      absl::ResourceExhaustedError("full"), std::chrono::milliseconds{2500}));
  EXPECT_EQ(full.status, 429);
  EXPECT_EQ(full.headers.get("Retry-After"), "3");
}

TEST(PieceBuffer, GivesOutWhatWasWritten) {
  PieceBuffer buffer;
  EXPECT_TRUE(buffer.empty());
  EXPECT_FALSE(buffer.has_piece());
  buffer.text() = std::string(2 * kPieceBytes + 5, 'x');
  EXPECT_TRUE(buffer.has_piece());
  EXPECT_EQ(buffer.take().size(), kPieceBytes);
  EXPECT_EQ(buffer.take().size(), kPieceBytes);
  EXPECT_FALSE(buffer.has_piece());
  EXPECT_FALSE(buffer.empty());
  EXPECT_EQ(buffer.take(), "xxxxx");
  EXPECT_TRUE(buffer.empty());
}

}  // namespace
}  // namespace millrace::gateway
