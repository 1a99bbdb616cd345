// SPDX-License-Identifier: Apache-2.0
//
// For the tests of this folder: a bus::Connection whose other side is the test. Questions are held
// until the test answers them, events are said by the test. For one thread at a time, except that
// request() may be answered by a function set before.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lib/bus/connection.h"

namespace millrace::registry_client {

// The outside of a part under test, with a clock that is moved by hand.
struct FakeOutside {
  log::Logger log{"test", log::Level::kError};
  metrics::Registry metrics;
  process::Readiness readiness;
  time::ManualClock clock;
  process::Platform platform{log, metrics, readiness, clock};
};

class FakeConnection : public bus::Connection {
 public:
  using Answer = absl::StatusOr<std::string>;
  struct Question {
    std::string subject;
    std::string payload;
    std::function<void(Answer)> done;
  };

  // request_async(): held here. request(): answered by `responder`, kUnavailable without.
  std::deque<Question> questions;
  std::function<Answer(const std::string& subject, const std::string& payload)> responder;
  int requests = 0;

  // Answers the oldest question.
  void answer(Answer with) {
    Question question = std::move(questions.front());
    questions.pop_front();
    question.done(std::move(with));
  }
  void say(const std::string& subject, const std::string& payload) const {
    const auto handlers = handlers_.find(subject);
    if (handlers == handlers_.end()) return;
    for (const auto& handler : handlers->second) handler({subject, payload, ""});
  }
  void reconnect() const {
    for (const auto& callback : callbacks_) callback();
  }

  bool connected() const override { return true; }
  std::size_t max_payload_bytes() const override { return 1 << 20; }
  absl::Status publish(const std::string& /*subject*/, std::string_view /*payload*/,
                       const std::optional<trace::TraceContext>& /*trace*/) override {
    return absl::OkStatus();
  }
  Answer request(const std::string& subject, std::string_view payload,
                 std::chrono::milliseconds /*timeout*/) override {
    ++requests;
    if (!responder) return absl::UnavailableError("nobody serves it");
    return responder(subject, std::string(payload));
  }
  void request_async(const std::string& subject, std::string_view payload,
                     std::chrono::milliseconds /*timeout*/,
                     std::function<void(Answer)> done) override {
    ++requests;
    questions.push_back({subject, std::string(payload), std::move(done)});
  }
  absl::StatusOr<std::unique_ptr<bus::Subscription>> subscribe(
      const std::string& subject, const std::string& /*queue_group*/,
      bus::MessageHandler handler) override {
    handlers_[subject].push_back(std::move(handler));
    return std::make_unique<FakeSubscription>(handlers_, subject);
  }
  void on_reconnect(std::function<void()> callback) override {
    callbacks_.push_back(std::move(callback));
  }

 private:
  using Handlers = std::map<std::string, std::vector<bus::MessageHandler>>;
  class FakeSubscription final : public bus::Subscription {
   public:
    FakeSubscription(Handlers& handlers, std::string subject)
        : handlers_(handlers), subject_(std::move(subject)) {}
    ~FakeSubscription() override { handlers_.erase(subject_); }
    FakeSubscription(const FakeSubscription&) = delete;
    FakeSubscription& operator=(const FakeSubscription&) = delete;

   private:
    Handlers& handlers_;
    const std::string subject_;
  };

  Handlers handlers_;
  std::vector<std::function<void()>> callbacks_;
};

}  // namespace millrace::registry_client
