// SPDX-License-Identifier: Apache-2.0
//
// Intake::create() against a real nats-server (--nats-url=…), with a registry of the test's own.
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/bus/subjects.h"
#include "lib/concurrency/mutex.h"
#include "lib/intake/intake.h"

#include "millrace/identity/v1/token.pb.h"
#include "millrace/telemetry/v1/data_samples.pb.h"

namespace millrace::intake {
namespace {

using Code = Receipt::Code;

constexpr std::chrono::milliseconds kPatience{60'000};

std::string& nats_url() {
  static std::string url;
  return url;
}

// Receipts as they come, from any thread.
class Receipts {
 public:
  std::function<void(const Receipt&)> next() {
    return [this](const Receipt& receipt) {
      concurrency::MutexLock lock(mutex_);
      receipts_.push_back(receipt);
      arrived_.notify_all();
    };
  }
  Receipt take() {
    concurrency::MutexLock lock(mutex_);
    while (receipts_.empty()) arrived_.wait(mutex_);
    Receipt receipt = receipts_.back();
    receipts_.pop_back();
    return receipt;
  }

 private:
  concurrency::Mutex mutex_;
  concurrency::CondVar arrived_;
  std::vector<Receipt> receipts_ ABSL_GUARDED_BY(mutex_);
};

class IntakeTest : public testing::Test {
 protected:
  IntakeTest() {
    settings.nats_url = nats_url();
    settings.instance_name = "itest-receiver";
    settings.stream.max_bytes = 64 << 20;
    settings.tokens.request_timeout = std::chrono::milliseconds{500};
    auto connected = bus::Connection::connect({nats_url(), "registry"}, platform, {});
    EXPECT_TRUE(connected.ok()) << connected.status();
    registry = *std::move(connected);
  }

  static void answer_about(const identity::v1::EndpointTokenRequest& request,
                           identity::v1::EndpointTokenResponse& response) {
    response.set_status_code(request.token() == "good" ? 200 : 404);
    response.set_reason_phrase(request.token() == "good" ? "" : "unknown token");
    response.set_application_name("app");
    response.set_endpoint_id("e1");
    response.set_token_id(1);
  }

  // Answers that the token "good" is the endpoint "e1", and no other is known.
  void serve_tokens() {
    auto subscribed = registry->subscribe(
        bus::subjects::kEndpointTokensRequest, bus::subjects::kRegistryQueue,
        [this](const bus::Message& message) {
          identity::v1::EndpointTokensRequest request;
          request.ParseFromArray(message.payload.data(), static_cast<int>(message.payload.size()));
          identity::v1::EndpointTokensResponse response;
          response.set_status_code(200);
          for (const auto& token : request.tokens()) answer_about(token, *response.add_answers());
          EXPECT_TRUE(
              registry->publish(std::string(message.reply_to), response.SerializeAsString()).ok());
        });
    ASSERT_TRUE(subscribed.ok()) << subscribed.status();
    subscription = *std::move(subscribed);
  }

  // The same as a registry of before there were questions about many tokens.
  void serve_single_tokens() {
    auto subscribed = registry->subscribe(
        bus::subjects::kEndpointTokenRequest, bus::subjects::kRegistryQueue,
        [this](const bus::Message& message) {
          identity::v1::EndpointTokenRequest request;
          request.ParseFromArray(message.payload.data(), static_cast<int>(message.payload.size()));
          identity::v1::EndpointTokenResponse response;
          answer_about(request, response);
          EXPECT_TRUE(
              registry->publish(std::string(message.reply_to), response.SerializeAsString()).ok());
        });
    ASSERT_TRUE(subscribed.ok()) << subscribed.status();
    subscription = *std::move(subscribed);
  }

  std::unique_ptr<Intake> create() {
    auto created = Intake::create(settings, {}, platform, {});
    EXPECT_TRUE(created.ok()) << created.status();
    return created.ok() ? *std::move(created) : nullptr;
  }

  static Upload upload(const std::string& body, const std::string& token = "good") {
    Upload result;
    result.path.app_version_name = "app-v1";
    result.path.token = token;
    result.body = body;
    return result;
  }

  log::Logger log{"itest", log::Level::kError};
  metrics::Registry metrics;
  process::Readiness readiness;
  time::SystemClock clock;
  process::Platform platform{log, metrics, readiness, clock};
  Settings settings;
  Receipts receipts;
  std::unique_ptr<bus::Connection> registry;
  std::unique_ptr<bus::Subscription> subscription;  // before its connection
};

TEST_F(IntakeTest, AnUploadOfAKnownTokenIsAccepted) {
  serve_tokens();
  const auto intake = create();
  intake->submit(upload("[1,2]"), receipts.next());
  const Receipt receipt = receipts.take();
  EXPECT_EQ(receipt.code, Code::kAccepted) << receipt.reason_phrase;
  EXPECT_EQ(receipt.token_id, 1);
  intake->submit(upload("1", "other"), receipts.next());
  EXPECT_EQ(receipts.take().code, Code::kNotFound);
  EXPECT_TRUE(intake->drain(kPatience));
}

TEST_F(IntakeTest, ManyUploadsAreAllAccepted) {
  serve_tokens();
  settings.shards = 3;
  const auto intake = create();
  constexpr int kUploads = 5'000;
  for (int i = 0; i < kUploads; ++i) intake->submit(upload("1"), receipts.next());
  for (int i = 0; i < kUploads; ++i) EXPECT_EQ(receipts.take().code, Code::kAccepted);
}

TEST_F(IntakeTest, AnOlderRegistryIsUnderstoodToo) {
  serve_single_tokens();
  const auto intake = create();
  intake->submit(upload("[1,2]"), receipts.next());
  EXPECT_EQ(receipts.take().code, Code::kAccepted);
  intake->submit(upload("1", "other"), receipts.next());
  EXPECT_EQ(receipts.take().code, Code::kNotFound);
}

TEST_F(IntakeTest, WithoutARegistryUnknownTokensAreUnavailable) {
  const auto intake = create();
  intake->submit(upload("1"), receipts.next());
  const Receipt receipt = receipts.take();
  EXPECT_EQ(receipt.code, Code::kUnavailable);
  EXPECT_GT(receipt.retry_after.count(), 0);
}

TEST_F(IntakeTest, TheServersPayloadBoundsAnUpload) {
  serve_tokens();
  settings.max_upload_bytes = 64 << 20;
  settings.max_waiting_bytes = 256 << 20;
  const auto intake = create();
  const std::size_t largest = registry->max_payload_bytes() - 1024;
  intake->submit(upload("\"" + std::string(largest - 2, 'x') + "\""), receipts.next());
  EXPECT_EQ(receipts.take().code, Code::kAccepted);
  intake->submit(upload("\"" + std::string(largest - 1, 'x') + "\""), receipts.next());
  EXPECT_EQ(receipts.take().code, Code::kTooLarge);
}

TEST_F(IntakeTest, EndingAnswersWhatIsOpen) {
  settings.tokens.request_timeout = std::chrono::minutes{1};
  const auto held = registry->subscribe(bus::subjects::kEndpointTokensRequest,
                                        bus::subjects::kRegistryQueue, [](const bus::Message&) {});
  ASSERT_TRUE(held.ok());
  auto intake = create();
  intake->submit(upload("1"), receipts.next());
  EXPECT_FALSE(intake->drain(std::chrono::milliseconds{0}));
  intake.reset();
  EXPECT_EQ(receipts.take().code, Code::kUnavailable);
}

TEST_F(IntakeTest, SettingsThatContradictEachOtherAreRefused) {
  settings.instance_name = "no.subject";
  EXPECT_EQ(Intake::create(settings, {}, platform, {}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(IntakeTest, AStopEndsTheWaitingForNats) {
  settings.nats_url = "nats://127.0.0.1:1";
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(Intake::create(settings, {}, platform, stop.get_token()).status().code(),
            absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace millrace::intake

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  constexpr std::string_view kFlag = "--nats-url=";
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.substr(0, kFlag.size()) == kFlag) {
      millrace::intake::nats_url() = argument.substr(kFlag.size());
    }
  }
  return RUN_ALL_TESTS();
}
