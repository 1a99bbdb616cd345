// SPDX-License-Identifier: Apache-2.0
#include "http-receiver/upload_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::http_receiver {
namespace {

using Code = intake::Receipt::Code;
using testing::HasSubstr;

// gzip of "[1,2]"
const std::string kGzipBatch(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x8b\x36\xd4\x31"
    "\x8a\x05\x00\xbf\x50\x8b\x08\x05\x00\x00\x00",
    25);

// Answers with a receipt the test chooses.
class ScriptedIntake final : public intake::Intake {
 public:
  void submit(intake::Upload upload, std::function<void(const intake::Receipt&)> done) override {
    uploads.push_back(std::move(upload));
    done(receipt);
  }
  void note(intake::OutsideRefusal refusal) override { noted.push_back(std::move(refusal)); }
  bool drain(std::chrono::milliseconds) override { return true; }

  intake::Receipt receipt{Code::kAccepted, {}, {}, 0};
  std::vector<intake::Upload> uploads;
  std::vector<intake::OutsideRefusal> noted;
};

class UploadHandlerTest : public testing::Test {
 protected:
  http::Response answer_to(const std::string& body, const http::Headers& headers = {}) {
    http::Request request;
    request.method = "POST";
    request.headers = headers;
    request.body = body;
    telemetry::ResourcePath path;
    path.app_version_name = "v1";
    path.token = "token";
    http::Response answer;
    handler.handle(std::move(request), path,
                   [&answer](http::Response response) { answer = std::move(response); });
    return answer;
  }
  static http::Headers header(const std::string& name, const std::string& value) {
    http::Headers headers;
    headers.add(name, value);
    return headers;
  }

  ScriptedIntake intake;
  UploadHandler handler{intake, 1'000};
};

TEST_F(UploadHandlerTest, AcceptedIsAnsweredWithNothing) {
  const http::Response answer = answer_to("[1,2]");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(answer.content_type, "");
  EXPECT_TRUE(answer.headers.all().empty());
  EXPECT_EQ(intake.uploads.at(0).body, "[1,2]");
  EXPECT_EQ(intake.uploads[0].path.token, "token");
}

TEST_F(UploadHandlerTest, RefusalsAreAnsweredWithTheErrorObject) {
  intake.receipt = {Code::kNotFound, "unknown token", {}, 0};
  const http::Response answer = answer_to("1");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.content_type, "application/json");
  EXPECT_EQ(answer.body, R"({"statusCode":404,"reasonPhrase":"unknown token"})");
  EXPECT_EQ(answer.headers.get("Retry-After"), "");
}

TEST_F(UploadHandlerTest, UnavailableSaysWhenToTryAgain) {
  intake.receipt = {Code::kUnavailable, "the store is full", std::chrono::seconds{5}, 0};
  const http::Response answer = answer_to("1");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.headers.get("Retry-After"), "5");
}

TEST_F(UploadHandlerTest, GzipIsInflated) {
  for (const char* encoding : {"gzip", "GZIP", "x-gzip"}) {
    EXPECT_EQ(answer_to(kGzipBatch, header("Content-Encoding", encoding)).status, 200);
    EXPECT_EQ(intake.uploads.back().body, "[1,2]");
  }
}

TEST_F(UploadHandlerTest, IdentityIsNoEncoding) {
  EXPECT_EQ(answer_to("[1]", header("Content-Encoding", "identity")).status, 200);
  EXPECT_EQ(intake.uploads.back().body, "[1]");
}

TEST_F(UploadHandlerTest, DamagedGzipIsABadRequest) {
  const http::Response answer = answer_to("[1,2]", header("Content-Encoding", "gzip"));
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("cannot inflate"));
  EXPECT_TRUE(intake.uploads.empty());
  ASSERT_EQ(intake.noted.size(), 1U);
  EXPECT_EQ(intake.noted[0].status_code, 400);
  EXPECT_EQ(intake.noted[0].path.token, "token");
  EXPECT_EQ(intake.noted[0].correlation_id, answer.headers.get("X-Request-Id"));
}

TEST_F(UploadHandlerTest, ARequestThatWasNotReadIsNotedByItsPath) {
  handler.note_unread("/kp1/v1/dcx/token/json", 413, "too large");
  handler.note_unread("/favicon.ico", 413, "too large");
  ASSERT_EQ(intake.noted.size(), 1U);
  EXPECT_EQ(intake.noted[0].path.app_version_name, "v1");
  EXPECT_EQ(intake.noted[0].reason_phrase, "too large");
}

TEST_F(UploadHandlerTest, GzipThatInflatesBeyondTheLimitIsTooLarge) {
  UploadHandler small(intake, 4);
  http::Request request;
  request.body = kGzipBatch;
  request.headers = header("Content-Encoding", "gzip");
  http::Response answer;
  small.handle(std::move(request), {},
               [&answer](http::Response response) { answer = std::move(response); });
  EXPECT_EQ(answer.status, 413);
  EXPECT_THAT(answer.body, HasSubstr("inflates to more than 4 bytes"));
}

TEST_F(UploadHandlerTest, OtherEncodingsAreUnsupported) {
  for (const char* encoding : {"deflate", "br", "gzip, gzip"}) {
    const http::Response answer = answer_to("x", header("Content-Encoding", encoding));
    EXPECT_EQ(answer.status, 415) << encoding;
    EXPECT_EQ(answer.headers.get("Accept-Encoding"), "gzip");
  }
}

TEST_F(UploadHandlerTest, ARequestIdOfTheClientFollowsTheUpload) {
  answer_to("1", header("X-Request-Id", "8f14e45f-ea6d.7:A_b"));
  EXPECT_EQ(intake.uploads.back().correlation_id, "8f14e45f-ea6d.7:A_b");
}

TEST_F(UploadHandlerTest, WithoutASaneRequestIdOneIsMade) {
  answer_to("1");
  const std::string first = intake.uploads.back().correlation_id;
  EXPECT_FALSE(first.empty());
  for (const std::string& bad :
       {std::string("a b"), std::string("\"quoted\""), std::string(65, 'x'), std::string("\xE4")}) {
    answer_to("1", header("X-Request-Id", bad));
    EXPECT_NE(intake.uploads.back().correlation_id, bad);
    EXPECT_NE(intake.uploads.back().correlation_id, first);
  }
}

constexpr char kTraceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr char kTraceId[] = "0af7651916cd43dd8448eb211c80319c";

TEST_F(UploadHandlerTest, ATraceFollowsTheUploadAndGivesItsCorrelationId) {
  answer_to("1", header("TraceParent", kTraceparent));
  ASSERT_TRUE(intake.uploads.back().trace.has_value());
  EXPECT_EQ(intake.uploads.back().trace->traceparent(), kTraceparent);
  EXPECT_EQ(intake.uploads.back().correlation_id, kTraceId);
}

TEST_F(UploadHandlerTest, ARequestIdAndATraceAreBothKept) {
  http::Headers headers = header("traceparent", kTraceparent);
  headers.add("X-Request-Id", "abc");
  answer_to("1", headers);
  EXPECT_EQ(intake.uploads.back().correlation_id, "abc");
  EXPECT_EQ(trace::trace_id(intake.uploads.back().trace), kTraceId);
}

TEST_F(UploadHandlerTest, WhatIsNoTraceparentIsIgnored) {
  const std::string given = kTraceparent;
  for (const std::string& bad :
       {std::string("nonsense"), given + ", " + given, "ff" + given.substr(2)}) {
    EXPECT_EQ(answer_to("1", header("traceparent", bad)).status, 200) << bad;
    EXPECT_FALSE(intake.uploads.back().trace.has_value()) << bad;
    EXPECT_FALSE(intake.uploads.back().correlation_id.empty()) << bad;
    EXPECT_NE(intake.uploads.back().correlation_id, kTraceId) << bad;
  }
}

TEST_F(UploadHandlerTest, ErrorsNameTheTraceAsCorrelationId) {
  const http::Response answer = answer_to("x", [] {
    http::Headers headers = header("traceparent", kTraceparent);
    headers.add("Content-Encoding", "br");
    return headers;
  }());
  EXPECT_EQ(answer.headers.get("X-Request-Id"), kTraceId);
}

TEST_F(UploadHandlerTest, ErrorsNameTheCorrelationId) {
  intake.receipt = {Code::kBadRequest, "not JSON", {}, 0};
  const http::Response given = answer_to("x", header("X-Request-Id", "abc"));
  EXPECT_EQ(given.headers.get("X-Request-Id"), "abc");
  const http::Response made = answer_to("x");
  EXPECT_EQ(made.headers.get("X-Request-Id"), intake.uploads.back().correlation_id);
}

}  // namespace
}  // namespace millrace::http_receiver
