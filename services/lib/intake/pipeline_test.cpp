// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/pipeline.h"

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/concurrency/waker.h"
#include "lib/error/error.h"

#include "millrace/telemetry/v1/data_samples.pb.h"

namespace millrace::intake {
namespace {

using registry_client::Identity;
using registry_client::LookUp;
using telemetry::v1::DataSamplesBatch;
using Code = Receipt::Code;

// Knows the token "good" and answers at once, unless told to wait.
class FakeTokens final : public registry_client::TokenDirectory {
 public:
  FakeTokens() {
    auto identity = std::make_shared<Identity>();
    identity->application_name = "app";
    identity->app_version_name = "app-v1";
    identity->endpoint_id = "endpoint-1";
    identity->token_id = 7;
    good_ = std::move(identity);
  }

  void look_up(const std::string&, const std::string& token, Done done) override {
    ++asked;
    if (waits) {
      waiting.push_back(std::move(done));
    } else {
      done(answer(token));
    }
  }

  LookUp answer(const std::string& token) const {
    if (token == "good") return {LookUp::Result::kKnown, good_, "", rules};
    if (token == "revoked") return {LookUp::Result::kForbidden, nullptr, "the token is revoked"};
    if (token == "away") return {LookUp::Result::kUnavailable, nullptr, "no answer"};
    return {LookUp::Result::kUnknown, nullptr, "unknown token"};
  }

  int asked = 0;
  bool waits = false;
  registry_client::UploadRules rules;  // of the application of "good"
  std::vector<Done> waiting;

 private:
  std::shared_ptr<const Identity> good_;
};

class FakeOutlet final : public Batcher::Outlet {
 public:
  absl::Status publish(Batcher::Message message, Batcher::Done done) override {
    messages.push_back(std::move(message.payload));
    traces.push_back(message.trace);
    dones.push_back(std::move(done));
    return absl::OkStatus();
  }
  DataSamplesBatch batch(std::size_t index) const {
    DataSamplesBatch batch;
    EXPECT_TRUE(batch.ParseFromString(messages.at(index)));
    return batch;
  }

  std::vector<std::string> messages;
  std::vector<std::optional<trace::TraceContext>> traces;
  std::vector<Batcher::Done> dones;
};

class PipelineTest : public testing::Test {
 protected:
  PipelineTest() { restart(); }

  void restart() {
    PipelineOptions options;
    options.max_upload_bytes = limit;
    options.samples.max_samples = 100;
    options.max_waiting_bytes = 5'000;
    options.batching = {.max_message_bytes = 10'000, .max_in_flight = 1, .shards = 1};
    pipeline.emplace(options, tokens, outlet, platform);
  }

  void submit(const std::string& body, const std::string& token = "good") {
    pipeline->submit(upload(body, token, "corr"),
                     [this](const Receipt& receipt) { receipts.push_back(receipt); });
  }
  static Upload upload(const std::string& body, const std::string& token,
                       const std::string& correlation_id) {
    Upload result;
    result.path.app_version_name = "app-v1";
    result.path.token = token;
    result.body = body;
    result.correlation_id = correlation_id;
    return result;
  }
  Receipt answer_to(const std::string& body, const std::string& token = "good") {
    const std::size_t before = receipts.size();
    submit(body, token);
    EXPECT_EQ(receipts.size(), before + 1) << "not answered at once";
    return receipts.back();
  }
  double samples(const std::string& outcome) {
    return metrics.counter("millrace_intake_samples_total", "", {{"outcome", outcome}}).value();
  }
  double uploads(const std::string& code) {
    return metrics.counter("millrace_intake_uploads_total", "", {{"code", code}}).value();
  }

  time::ManualClock clock{time::from_unix_us(1'700'000'000'000'000)};
  std::string lines;  // of the log
  log::Logger log{"test", log::Level::kDebug, clock,
                  [this](std::string_view line) { lines += line; }};
  metrics::Registry metrics;
  process::Readiness readiness;
  process::Platform platform{log, metrics, readiness, clock};
  std::shared_ptr<UploadLimit> limit = std::make_shared<UploadLimit>(2'000);
  FakeTokens tokens;
  FakeOutlet outlet;
  std::vector<Receipt> receipts;
  std::optional<Pipeline> pipeline;
};

TEST_F(PipelineTest, UploadsOfABurstTravelTogether) {
  {
    const Intake::Burst burst(*pipeline);
    for (const char* body : {"[1]", "[2]", "[]", "not JSON", "[3]"}) submit(body);
    EXPECT_EQ(outlet.messages.size(), 0U);
    EXPECT_EQ(receipts.size(), 2U);  // of those that go nowhere
  }
  ASSERT_EQ(outlet.messages.size(), 1U);
  EXPECT_EQ(outlet.batch(0).events_size(), 3);
  outlet.dones[0](absl::OkStatus());
  EXPECT_EQ(receipts.size(), 5U);
  EXPECT_EQ(receipts.back().code, Code::kAccepted);
  submit("[4]");
  EXPECT_EQ(outlet.messages.size(), 2U) << "after a burst uploads leave at once again";
}

TEST_F(PipelineTest, AnUploadThatIsLookedUpForLongerThanItsBurstLeavesToo) {
  tokens.waits = true;
  {
    const Intake::Burst burst(*pipeline);
    submit("[1]");
  }
  EXPECT_EQ(outlet.messages.size(), 0U);
  tokens.waiting.at(0)(tokens.answer("good"));
  EXPECT_EQ(outlet.messages.size(), 1U);
}

TEST_F(PipelineTest, ABurstHoldsUpNoOtherThread) {
  const Intake::Burst burst(*pipeline);
  submit("[1]");
  EXPECT_EQ(outlet.messages.size(), 0U);
  std::jthread([this] { submit("[2]"); }).join();
  ASSERT_EQ(outlet.messages.size(), 1U);
  EXPECT_EQ(outlet.batch(0).events_size(), 2);
}

TEST_F(PipelineTest, ReceiptsOfAMessageWakeWhoWaitsForThemOnce) {
  std::size_t receipts_at_wake = 0;
  int wakes = 0;
  concurrency::Waker waker([&] {
    ++wakes;
    receipts_at_wake = receipts.size();
  });
  {
    const Intake::Burst burst(*pipeline);
    for (int i = 0; i < 3; ++i) {
      pipeline->submit(upload("[1]", "good", "corr"), [&](const Receipt& receipt) {
        receipts.push_back(receipt);
        waker.wake();
      });
    }
  }
  outlet.dones.at(0)(absl::OkStatus());
  EXPECT_EQ(wakes, 1);
  EXPECT_EQ(receipts_at_wake, 3U);
}

TEST_F(PipelineTest, AnUploadIsAnsweredWhenItsMessageIsAcknowledged) {
  submit(R"([{"t":23},{"t":24}])");
  ASSERT_EQ(outlet.messages.size(), 1U);
  EXPECT_TRUE(receipts.empty());
  outlet.dones[0](absl::OkStatus());
  ASSERT_EQ(receipts.size(), 1U);
  EXPECT_EQ(receipts[0].code, Code::kAccepted);
  EXPECT_EQ(receipts[0].reason_phrase, "");
  EXPECT_EQ(receipts[0].token_id, 7);
  EXPECT_EQ(samples("accepted"), 2);
  EXPECT_EQ(uploads("200"), 1);
}

TEST_F(PipelineTest, TheEventSaysWhoSentWhatAndWhen) {
  submit("\xEF\xBB\xBF[{\"t\":23},{\"t\":24}]");
  const DataSamplesBatch batch = outlet.batch(0);
  ASSERT_EQ(batch.events_size(), 1);
  const auto& event = batch.events(0);
  EXPECT_EQ(event.correlation_id(), "corr");
  EXPECT_EQ(event.application_name(), "app");
  EXPECT_EQ(event.app_version_name(), "app-v1");
  EXPECT_EQ(event.endpoint_id(), "endpoint-1");
  EXPECT_EQ(event.data_samples(), R"([{"t":23},{"t":24}])");
  EXPECT_EQ(event.sample_count(), 2U);
  EXPECT_EQ(event.receipt_time_us(), 1'700'000'000'000'000);
}

TEST_F(PipelineTest, UploadsOfOneInstantGetDifferentTimes) {
  submit("[1,2,3]");
  submit("4");
  submit("5");
  outlet.dones[0](absl::OkStatus());
  const DataSamplesBatch batch = outlet.batch(1);
  ASSERT_EQ(batch.events_size(), 2);
  EXPECT_EQ(batch.events(0).receipt_time_us(), 1'700'000'000'000'003);
  EXPECT_EQ(batch.events(1).receipt_time_us(), 1'700'000'000'000'004);
}

TEST_F(PipelineTest, AnEmptyBatchIsAcceptedAndGoesNowhere) {
  EXPECT_EQ(answer_to("[]").code, Code::kAccepted);
  EXPECT_TRUE(outlet.messages.empty());
  EXPECT_EQ(answer_to("[]", "unknown").code, Code::kNotFound);
}

TEST_F(PipelineTest, APlainValueBecomesASample) {
  Upload plain = upload("2061m", "good", "corr");
  plain.path.kind = telemetry::ResourcePath::Kind::kPlain;
  plain.path.metric = "altitude";
  pipeline->submit(plain, [](const Receipt&) {});
  EXPECT_EQ(outlet.batch(0).events(0).data_samples(),
            R"({"altitude-value":2061,"altitude-unit":"m"})");
  plain.body = "high";
  pipeline->submit(plain, [this](const Receipt& receipt) { receipts.push_back(receipt); });
  ASSERT_EQ(receipts.size(), 1U);
  EXPECT_EQ(receipts[0].code, Code::kBadRequest);
}

TEST_F(PipelineTest, WhatIsNotJsonIsABadRequestWithItsPlace) {
  // Answered at once, however long it takes to find out whose it is.
  tokens.waits = true;
  const Receipt receipt = answer_to("{\"t\":}");
  EXPECT_EQ(receipt.code, Code::kBadRequest);
  EXPECT_THAT(receipt.reason_phrase, testing::HasSubstr("byte 5"));
}

TEST_F(PipelineTest, TooManySamplesAreTooLarge) {
  std::string body = "[1";
  for (int i = 0; i < 100; ++i) body += ",1";
  const Receipt receipt = answer_to(body + "]");
  EXPECT_EQ(receipt.code, Code::kTooLarge);
  EXPECT_THAT(receipt.reason_phrase, testing::HasSubstr("more than 100 samples"));
}

TEST_F(PipelineTest, ABodyOverTheLimitIsTooLarge) {
  const Receipt receipt = answer_to("\"" + std::string(2'000, 'x') + "\"");
  EXPECT_EQ(receipt.code, Code::kTooLarge);
  EXPECT_EQ(receipt.reason_phrase,
            "cannot take a body of 2002 bytes: the limit is 2000; send smaller batches");
  EXPECT_EQ(uploads("413"), 1);
}

TEST_F(PipelineTest, TheLimitFollowsTheServer) {
  const std::string body = "\"" + std::string(1'000, 'x') + "\"";
  submit(body);
  *limit = 1'000;
  EXPECT_EQ(answer_to(body).code, Code::kTooLarge);
}

TEST_F(PipelineTest, RefusedTokensGetTheirCodes) {
  EXPECT_EQ(answer_to("1", "unknown").code, Code::kNotFound);
  EXPECT_EQ(receipts.back().reason_phrase, "unknown token");
  EXPECT_EQ(answer_to("1", "revoked").code, Code::kForbidden);
  EXPECT_EQ(receipts.back().reason_phrase, "the token is revoked");
  EXPECT_EQ(answer_to("[1,2]", "away").code, Code::kUnavailable);
  EXPECT_GT(receipts.back().retry_after.count(), 0);
  EXPECT_EQ(samples("refused"), 4);
}

TEST_F(PipelineTest, AFullStreamIsUnavailable) {
  submit("1");
  outlet.dones[0](absl::ResourceExhaustedError("maximum bytes exceeded"));
  EXPECT_EQ(receipts.at(0).code, Code::kUnavailable);
  EXPECT_THAT(receipts[0].reason_phrase, testing::HasSubstr("full"));
  EXPECT_GT(receipts[0].retry_after.count(), 0);
}

TEST_F(PipelineTest, NoAcknowledgementIsUnavailable) {
  submit("1");
  outlet.dones[0](absl::DeadlineExceededError("no acknowledgement within 20 s"));
  EXPECT_EQ(receipts.at(0).code, Code::kUnavailable);
  EXPECT_THAT(receipts[0].reason_phrase, testing::HasSubstr("does not answer"));
  EXPECT_GT(receipts[0].retry_after.count(), 0);
  EXPECT_FALSE(receipts[0].may_be_stored);
}

TEST_F(PipelineTest, AnUnknownOutcomeIsSaidInTheReceipt) {
  submit("1");
  outlet.dones[0](error::with_unknown_outcome(absl::DeadlineExceededError("silence")));
  EXPECT_EQ(receipts.at(0).code, Code::kUnavailable);
  EXPECT_TRUE(receipts[0].may_be_stored);
}

TEST_F(PipelineTest, MoreThanMayWaitIsUnavailableUntilSomethingIsAnswered) {
  const std::string body = "\"" + std::string(1'900, 'x') + "\"";
  submit(body);
  submit(body);
  EXPECT_EQ(answer_to(body).code, Code::kUnavailable);
  EXPECT_THAT(receipts.back().reason_phrase, testing::HasSubstr("too many uploads wait"));
  outlet.dones[0](absl::OkStatus());
  submit(body);
  EXPECT_EQ(receipts.size(), 2U);
}

TEST_F(PipelineTest, UploadsWaitingForALookUpCountAsWaiting) {
  tokens.waits = true;
  const std::string body = "\"" + std::string(1'900, 'x') + "\"";
  submit(body);
  submit(body);
  EXPECT_EQ(answer_to(body).code, Code::kUnavailable);
  tokens.waiting[0](tokens.answer("good"));
  tokens.waiting[1](tokens.answer("unknown"));
  EXPECT_EQ(receipts.back().code, Code::kNotFound);
  EXPECT_EQ(outlet.messages.size(), 1U);
}

TEST_F(PipelineTest, DrainWaitsUntilEverythingIsAnswered) {
  EXPECT_TRUE(pipeline->drain(std::chrono::milliseconds{0}));
  submit("1");
  EXPECT_FALSE(pipeline->drain(std::chrono::milliseconds{0}));
  outlet.dones[0](absl::OkStatus());
  EXPECT_TRUE(pipeline->drain(std::chrono::milliseconds{0}));
}

TEST_F(PipelineTest, ClosingAnswersWhatWaits) {
  submit("1");
  submit("2");
  pipeline->close();
  ASSERT_EQ(receipts.size(), 1U);
  EXPECT_EQ(receipts[0].code, Code::kUnavailable);
  EXPECT_EQ(answer_to("3").code, Code::kUnavailable);
  outlet.dones[0](absl::OkStatus());
  EXPECT_EQ(receipts.back().code, Code::kAccepted);
}

TEST_F(PipelineTest, UploadsWithoutACorrelationIdGetOne) {
  pipeline->submit(upload("1", "good", ""), [](const Receipt&) {});
  EXPECT_FALSE(outlet.batch(0).events(0).correlation_id().empty());
  EXPECT_LE(outlet.batch(0).events(0).correlation_id().size(), 64U);
}

constexpr char kTraceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr char kTraceId[] = "0af7651916cd43dd8448eb211c80319c";

TEST_F(PipelineTest, ATraceGoesWithTheUploadAndGivesItsCorrelationId) {
  Upload traced = upload("1", "good", "");
  traced.trace = trace::TraceContext::parse(kTraceparent);
  pipeline->submit(traced, [](const Receipt&) {});
  const DataSamplesBatch batch = outlet.batch(0);
  EXPECT_EQ(batch.events(0).traceparent(), kTraceparent);
  EXPECT_EQ(batch.events(0).correlation_id(), kTraceId);
  EXPECT_EQ(trace::trace_id(outlet.traces.at(0)), kTraceId);
  outlet.dones[0](absl::OkStatus());
  EXPECT_THAT(lines, testing::HasSubstr(R"("event":"upload accepted","correlation_id":")" +
                                        std::string(kTraceId) + R"(","trace_id":")" + kTraceId));
}

TEST_F(PipelineTest, BesideATraceTheCorrelationIdIsKept) {
  Upload traced = upload("1", "good", "corr");
  traced.trace = trace::TraceContext::parse(kTraceparent);
  pipeline->submit(traced, [](const Receipt&) {});
  EXPECT_EQ(outlet.batch(0).events(0).correlation_id(), "corr");
  outlet.dones[0](absl::UnavailableError("away"));
  const std::string ids = R"("correlation_id":"corr","trace_id":")" + std::string(kTraceId);
  EXPECT_THAT(lines, testing::HasSubstr(R"("uploads not accepted by JetStream",)" + ids));
  EXPECT_THAT(lines, testing::HasSubstr(R"("upload refused",)" + ids));
}

TEST_F(PipelineTest, WithoutATraceNoneIsMade) {
  submit("1");
  outlet.dones[0](absl::OkStatus());
  EXPECT_EQ(outlet.batch(0).events(0).traceparent(), "");
  EXPECT_FALSE(outlet.traces.at(0).has_value());
  EXPECT_THAT(lines, testing::Not(testing::HasSubstr("trace_id")));
}

std::vector<std::string> told(const status::v1::RefusalsResponse& response) {
  std::vector<std::string> texts;
  for (const auto& refusal : response.refusals()) {
    texts.push_back(std::to_string(refusal.status_code()) + " " + refusal.endpoint_id() + " " +
                    refusal.correlation_id());
  }
  return texts;
}

TEST_F(PipelineTest, KeepsWhatItRefusesWithTheEndpointWhereItCanBeTold) {
  status::v1::RefusalsRequest of_endpoint;
  of_endpoint.set_endpoint_id("endpoint-1");
  answer_to("{no json");
  EXPECT_THAT(told(pipeline->refusals().find(of_endpoint)),
              testing::ElementsAre("400 endpoint-1 corr"));
  submit("{}");
  outlet.dones.at(0)(absl::ResourceExhaustedError("full"));
  EXPECT_THAT(told(pipeline->refusals().find(of_endpoint)),
              testing::ElementsAre("503 endpoint-1 corr", "400 endpoint-1 corr"));
  answer_to("{}", "unheard of");
  answer_to("{no json", "unheard of");
  status::v1::RefusalsRequest of_version;
  of_version.set_app_version_name("app-v1");
  EXPECT_THAT(told(pipeline->refusals().find(of_version)),
              testing::ElementsAre("400  corr", "404  corr"));
}

TEST_F(PipelineTest, MoreUploadsThanTheApplicationAllowsAreTooMany) {
  tokens.rules = {.max_uploads_per_second = 0.25, .max_upload_burst = 2};
  submit("[1,2,3]");
  submit("[]");
  const Receipt receipt = answer_to("[1,2]");
  EXPECT_EQ(receipt.code, Code::kTooManyRequests);
  EXPECT_EQ(receipt.retry_after, std::chrono::seconds{4});
  EXPECT_EQ(receipt.reason_phrase,
            "the endpoint uploads more than 0.25 times a second, its quota "
            "(max_uploads_per_second of application \"app\", or its own); wait, and put more "
            "samples into an upload");
  EXPECT_EQ(receipt.token_id, 7);
  EXPECT_EQ(uploads("429"), 1);
  EXPECT_EQ(samples("refused"), 2);
  EXPECT_EQ(outlet.messages.size(), 1U);
  clock.advance(std::chrono::milliseconds{3'900});
  EXPECT_EQ(answer_to("1").retry_after, std::chrono::seconds{1}) << "at least one";
  clock.advance(std::chrono::milliseconds{100});
  submit("1");
  outlet.dones.at(0)(absl::OkStatus());
  EXPECT_EQ(outlet.messages.size(), 2U);
}

TEST_F(PipelineTest, WhatWasNotStoredIsNotTakenFromTheQuota) {
  tokens.rules = {.max_uploads_per_second = 0.001, .max_upload_burst = 1};
  submit("1");
  outlet.dones.at(0)(absl::DeadlineExceededError("no acknowledgement"));
  ASSERT_EQ(receipts.at(0).code, Code::kUnavailable);
  submit("1");
  ASSERT_EQ(outlet.dones.size(), 2U);
  outlet.dones[1](absl::OkStatus());
  EXPECT_EQ(receipts.back().code, Code::kAccepted);
  EXPECT_EQ(answer_to("1").code, Code::kTooManyRequests);
}

TEST_F(PipelineTest, WhatIsRefusedForItsBytesIsNotTakenFromTheQuota) {
  tokens.rules = {.max_uploads_per_second = 0.001, .max_upload_burst = 1};
  EXPECT_EQ(answer_to("{no json").code, Code::kBadRequest);
  submit("1");
  EXPECT_EQ(outlet.messages.size(), 1U);
}

TEST_F(PipelineTest, AFloodOverTheQuotaIsOneEntryAmongTheKeptRefusals) {
  tokens.rules = {.max_uploads_per_second = 1, .max_upload_burst = 1};
  submit("1");
  for (int i = 0; i < 1'000; ++i) answer_to("1");
  status::v1::RefusalsRequest of_endpoint;
  of_endpoint.set_endpoint_id("endpoint-1");
  const auto told = pipeline->refusals().find(of_endpoint);
  ASSERT_EQ(told.refusals_size(), 1);
  EXPECT_EQ(told.refusals(0).status_code(), 429);
  EXPECT_EQ(told.refusals(0).times(), 1'000);
}

TEST_F(PipelineTest, APathBelowJsonIsForTheApplicationToAllow) {
  Upload below = upload("[1]", "good", "corr");
  below.path.relaxed = true;
  const auto done = [this](const Receipt& receipt) { receipts.push_back(receipt); };
  pipeline->submit(below, done);
  ASSERT_EQ(receipts.size(), 1U);
  EXPECT_EQ(receipts[0].code, Code::kNotFound);
  EXPECT_EQ(receipts[0].reason_phrase,
            "unknown path: application \"app\" takes nothing below json (relaxed_resource_paths "
            "is off); use kp1/<app-version>/dcx/<endpoint-token>/json");
  tokens.rules.relaxed_resource_paths = true;
  pipeline->submit(below, done);
  ASSERT_EQ(outlet.dones.size(), 1U);
  outlet.dones[0](absl::OkStatus());
  EXPECT_EQ(receipts.at(1).code, Code::kAccepted);
  below.path.token = "unknown";
  pipeline->submit(below, done);
  EXPECT_EQ(receipts.at(2).reason_phrase, "unknown token");
}

TEST_F(PipelineTest, KeepsNothingOfWhatItAccepts) {
  submit("{}");
  outlet.dones.at(0)(absl::OkStatus());
  status::v1::RefusalsRequest of_endpoint;
  of_endpoint.set_endpoint_id("endpoint-1");
  EXPECT_EQ(pipeline->refusals().find(of_endpoint).refusals_size(), 0);
}

TEST_F(PipelineTest, KeepsWhatAReceiverRefusesByItself) {
  pipeline->note({upload("", "good", "").path, "own", 415, "cannot decode"});
  status::v1::RefusalsRequest of_endpoint;
  of_endpoint.set_endpoint_id("endpoint-1");
  EXPECT_THAT(told(pipeline->refusals().find(of_endpoint)),
              testing::ElementsAre("415 endpoint-1 own"));
}

}  // namespace
}  // namespace millrace::intake
