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
  http::Response answer_to(const std::string& body, const std::string& content_encoding = "",
                           std::size_t max_body_bytes = 1'000) {
    UploadHandler handler(intake, max_body_bytes, refusals);
    http::Request request;
    request.method = "POST";
    if (!content_encoding.empty()) request.headers.add("Content-Encoding", content_encoding);
    request.body = body;
    telemetry::ResourcePath path;
    path.app_version_name = "v1";
    path.token = "token";
    http::Response answer;
    handler.handle(std::move(request), path, trace,
                   Responder([&answer](http::Response response) { answer = std::move(response); },
                             "id-1", "", no_cors));
    return answer;
  }
  double refused(const std::string& reason) const {
    const std::string text = metrics.expose();
    const std::string name = "refused_requests_total{reason=\"" + reason + "\"} ";
    return std::stod(text.substr(text.find(name) + name.size()));
  }

  metrics::Registry metrics;
  RefusalCounts refusals{metrics};
  ScriptedIntake intake;
  std::optional<trace::TraceContext> trace;
  const http::CorsRules no_cors;
};

TEST_F(UploadHandlerTest, AcceptedIsAnsweredWithNothing) {
  const http::Response answer = answer_to("[1,2]");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(answer.content_type, "");
  EXPECT_EQ(answer.headers.all().size(), 1U);  // the correlation id
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
    EXPECT_EQ(answer_to(kGzipBatch, encoding).status, 200);
    EXPECT_EQ(intake.uploads.back().body, "[1,2]");
  }
}

TEST_F(UploadHandlerTest, IdentityIsNoEncoding) {
  EXPECT_EQ(answer_to("[1]", "identity").status, 200);
  EXPECT_EQ(intake.uploads.back().body, "[1]");
}

TEST_F(UploadHandlerTest, DamagedGzipIsABadRequest) {
  const http::Response answer = answer_to("[1,2]", "gzip");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("cannot inflate"));
  EXPECT_TRUE(intake.uploads.empty());
  ASSERT_EQ(intake.noted.size(), 1U);
  EXPECT_EQ(intake.noted[0].status_code, 400);
  EXPECT_EQ(intake.noted[0].path.token, "token");
  EXPECT_EQ(intake.noted[0].correlation_id, "id-1");
  EXPECT_EQ(answer.headers.get("X-Request-Id"), "id-1");
  EXPECT_EQ(refused("damaged_body"), 1);
}

TEST_F(UploadHandlerTest, WhatInflatesBeyondTheLimitIsTooLarge) {
  const http::Response answer = answer_to(kGzipBatch, "gzip", 4);
  EXPECT_EQ(answer.status, 413);
  EXPECT_THAT(answer.body, HasSubstr("inflates to more than 4 bytes"));
  EXPECT_EQ(refused("inflated_too_large"), 1);
}

TEST_F(UploadHandlerTest, OtherEncodingsAreUnsupported) {
  for (const char* encoding : {"compress", "br", "gzip, gzip"}) {
    const http::Response answer = answer_to("x", encoding);
    EXPECT_EQ(answer.status, 415) << encoding;
    EXPECT_EQ(answer.headers.get("Accept-Encoding"), "gzip, deflate");
  }
  EXPECT_EQ(refused("content_encoding"), 3);
}

TEST_F(UploadHandlerTest, TheCorrelationIdAndTheTraceFollowTheUpload) {
  trace = trace::TraceContext::parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  EXPECT_EQ(answer_to("1").headers.get("X-Request-Id"), "id-1");
  EXPECT_EQ(intake.uploads.back().correlation_id, "id-1");
  ASSERT_TRUE(intake.uploads.back().trace.has_value());
  EXPECT_EQ(intake.uploads.back().trace->traceparent(), trace->traceparent());
}

TEST_F(UploadHandlerTest, AnUploadThatWasNotReadIsNoted) {
  UploadHandler handler(intake, 1'000, refusals);
  telemetry::ResourcePath path;
  path.token = "token";
  handler.note_unread(path, "id-2", 413, "too large");
  ASSERT_EQ(intake.noted.size(), 1U);
  EXPECT_EQ(intake.noted[0].path.token, "token");
  EXPECT_EQ(intake.noted[0].correlation_id, "id-2");
  EXPECT_EQ(intake.noted[0].status_code, 413);
}

}  // namespace
}  // namespace millrace::http_receiver
