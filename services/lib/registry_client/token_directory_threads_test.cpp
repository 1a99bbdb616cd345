// SPDX-License-Identifier: Apache-2.0
//
// Many threads at once: every look-up is answered once and rightly, whatever events say meanwhile,
// and the registry never gets more questions at once than it is promised.
#include <algorithm>
#include <atomic>
#include <deque>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "lib/bus/subjects.h"
#include "lib/registry_client/fake_connection.h"
#include "lib/registry_client/token_directory.h"

#include "millrace/identity/v1/application.pb.h"
#include "millrace/identity/v1/token.pb.h"

namespace millrace::registry_client {
namespace {

// A registry on a thread of its own that knows the tokens which begin with 'k'. Handlers of events
// are those of FakeConnection.
class AnsweringConnection final : public FakeConnection {
 public:
  AnsweringConnection() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

  void request_async(const std::string& /*subject*/, std::string_view payload,
                     std::chrono::milliseconds /*timeout*/,
                     std::function<void(Answer)> done) override {
    const concurrency::MutexLock lock(mutex_);
    open_.push_back({"", std::string(payload), std::move(done)});
    most_open_ = std::max(most_open_, open_.size());
  }
  std::size_t most_open() {
    const concurrency::MutexLock lock(mutex_);
    return most_open_;
  }

 private:
  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      Question question;
      {
        const concurrency::MutexLock lock(mutex_);
        if (!open_.empty()) {
          question = std::move(open_.front());
          open_.pop_front();
        }
      }
      if (question.done) {
        question.done(answer_to(question.payload));
      } else {
        std::this_thread::yield();
      }
    }
  }
  static std::string answer_to(const std::string& payload) {
    identity::v1::EndpointTokensRequest request;
    EXPECT_TRUE(request.ParseFromString(payload));
    identity::v1::EndpointTokensResponse response;
    response.set_status_code(200);
    for (const auto& token : request.tokens()) {
      auto& answer = *response.add_answers();
      answer.set_status_code(token.token().front() == 'k' ? 200 : 404);
      answer.set_application_name("app");
      answer.set_endpoint_id(fmt::format("endpoint of {}", token.token()));
    }
    return response.SerializeAsString();
  }

  concurrency::Mutex mutex_;
  std::deque<Question> open_ ABSL_GUARDED_BY(mutex_);
  std::size_t most_open_ ABSL_GUARDED_BY(mutex_) = 0;
  std::jthread thread_;  // last: it uses what stands above
};

TEST(TokenDirectoryThreads, EveryLookUpIsAnsweredOnceAndRightly) {
  constexpr int kThreads = 4;
  constexpr int kLookUps = 5'000;
  FakeOutside outside;
  AnsweringConnection connection;
  TokenDirectoryOptions options;
  options.max_entries = 50;  // so that most are asked about
  options.max_unknown_per_second = 1'000'000;
  options.max_waiting = kThreads * kLookUps;
  const auto directory = *TokenDirectory::create(connection, options, nullptr, outside.platform);
  std::atomic<int> answered = 0;
  std::atomic<int> wrong = 0;
  identity::v1::ApplicationEvent event;
  event.set_application_name("app");
  const std::string updated = event.SerializeAsString();
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < kLookUps; ++i) {
          const bool known = i % 3 != 0;
          const std::string token = fmt::format("{}{}", known ? 'k' : 'u', i * 7 % 101);
          const std::string endpoint = fmt::format("endpoint of {}", token);
          directory->look_up("app-v1", token, [&, known, endpoint](const LookUp& look_up) {
            const bool right = known ? look_up.result == LookUp::Result::kKnown &&
                                           look_up.identity->endpoint_id == endpoint
                                     : look_up.result == LookUp::Result::kUnknown;
            wrong += right ? 0 : 1;
            ++answered;
          });
          if (i % 1'000 == 0) connection.say(bus::subjects::kApplicationUpdated, updated);
          if (i % 1'500 == thread) connection.reconnect();
        }
      });
    }
  }
  while (answered < kThreads * kLookUps) std::this_thread::yield();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(answered, kThreads * kLookUps);
  EXPECT_LE(connection.most_open(), 4U) << "two of tokens that were known, two of others";
}

}  // namespace
}  // namespace millrace::registry_client
