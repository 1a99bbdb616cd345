// SPDX-License-Identifier: Apache-2.0
//
// For the tests of this folder: a Wire without a network. What is sent is recorded, what comes is
// said by the test.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/bus/wire.h"
#include "lib/concurrency/mutex.h"

namespace millrace::bus {

// The outside of a part under test, with a clock that is moved by hand.
struct FakeOutside {
  log::Logger log{"test", log::Level::kError};
  metrics::Registry metrics;
  process::Readiness readiness;
  time::ManualClock clock;
  process::Platform platform{log, metrics, readiness, clock};
};

class FakeIncoming final : public Incoming {
 public:
  struct Fields {
    std::string subject;
    std::string payload;
    std::string reply_to;
    int status = kNoStatus;
    std::string status_text;
  };
  explicit FakeIncoming(Fields fields) : fields_(std::move(fields)) {}
  std::string_view subject() const override { return fields_.subject; }
  std::string_view payload() const override { return fields_.payload; }
  std::string_view reply_to() const override { return fields_.reply_to; }
  int status() const override { return fields_.status; }
  std::string_view status_text() const override { return fields_.status_text; }

 private:
  const Fields fields_;
};

// Safe to use from any thread.
class FakeWire final : public Wire {
 public:
  explicit FakeWire(time::ManualClock& clock) : clock_(clock) {}

  // What the test arranges.
  void set_connected(bool connected) {
    concurrency::MutexLock lock(mutex_);
    connected_ = connected;
  }
  void fail_sends_with(absl::Status status) {
    concurrency::MutexLock lock(mutex_);
    send_status_ = std::move(status);
  }
  void reconnect() {
    std::vector<std::function<void()>> callbacks;
    {
      concurrency::MutexLock lock(mutex_);
      connected_ = true;
      ++reconnections_;
      callbacks = callbacks_;
    }
    for (const auto& callback : callbacks) callback();
  }
  // Answers in turn; a call that finds none is answered with kDeadlineExceeded.
  void answer_request(const std::string& subject, absl::StatusOr<std::string> answer) {
    concurrency::MutexLock lock(mutex_);
    answers_[subject].push_back(std::move(answer));
  }
  // Runs when a message is sent, outside any lock: to answer it.
  void on_send(std::function<void(const Outgoing&)> callback) { on_send_ = std::move(callback); }
  void put_into_inbox(FakeIncoming::Fields fields) {
    concurrency::MutexLock lock(mutex_);
    inbox_.push_back(std::move(fields));
  }
  std::vector<Outgoing> sent() const {
    concurrency::MutexLock lock(mutex_);
    return sent_;
  }
  std::vector<std::pair<std::string, std::string>> requests() const {
    concurrency::MutexLock lock(mutex_);
    return requests_;
  }
  std::vector<std::pair<std::string, std::string>> published() const {
    concurrency::MutexLock lock(mutex_);
    return published_;
  }

  bool connected() const override {
    concurrency::MutexLock lock(mutex_);
    return connected_;
  }
  std::uint64_t reconnections() const override {
    concurrency::MutexLock lock(mutex_);
    return reconnections_;
  }
  std::size_t max_payload_bytes() const override { return 1 << 20; }

  absl::Status publish(const std::string& subject, std::string_view payload,
                       const std::optional<trace::TraceContext>& /*trace*/) override {
    concurrency::MutexLock lock(mutex_);
    if (!connected_) return absl::UnavailableError("not connected");
    published_.emplace_back(subject, payload);
    return absl::OkStatus();
  }

  absl::Status send(const Outgoing& message) override {
    {
      concurrency::MutexLock lock(mutex_);
      if (!connected_) return absl::UnavailableError("not connected");
      if (!send_status_.ok()) return send_status_;
      sent_.push_back(message);
    }
    if (on_send_) on_send_(message);
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> request(const std::string& subject, std::string_view payload,
                                      std::chrono::milliseconds /*timeout*/) override {
    concurrency::MutexLock lock(mutex_);
    requests_.emplace_back(subject, payload);
    if (!connected_) return absl::UnavailableError("not connected");
    auto& answers = answers_[subject];
    if (answers.empty()) return absl::DeadlineExceededError("no answer");
    auto answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }
  void request_async(const std::string& subject, std::string_view payload,
                     std::chrono::milliseconds timeout,
                     std::function<void(absl::StatusOr<std::string>)> done) override {
    done(request(subject, payload, timeout));
  }

  absl::StatusOr<std::unique_ptr<Subscription>> subscribe(const std::string& /*subject*/,
                                                          const std::string& /*queue_group*/,
                                                          MessageHandler /*handler*/) override {
    return std::make_unique<Subscription>();
  }
  absl::StatusOr<std::unique_ptr<Subscription>> receive(const std::string& /*subject*/,
                                                        DeliveryHandler handler) override {
    concurrency::MutexLock lock(mutex_);
    receiver_ = std::move(handler);
    return std::make_unique<Subscription>();
  }
  void deliver(const Delivery& delivery) const {
    DeliveryHandler receiver;
    {
      concurrency::MutexLock lock(mutex_);
      receiver = receiver_;
    }
    receiver(delivery);
  }

  // Waiting in the inbox is what moves the clock.
  absl::StatusOr<std::unique_ptr<Inbox>> open_inbox(const std::string& /*subject*/) override {
    return std::make_unique<FakeInbox>(*this);
  }
  void on_reconnect(std::function<void()> callback) override {
    concurrency::MutexLock lock(mutex_);
    callbacks_.push_back(std::move(callback));
  }

 private:
  class FakeInbox final : public Inbox {
   public:
    explicit FakeInbox(FakeWire& wire) : wire_(wire) {}
    absl::StatusOr<std::unique_ptr<Incoming>> next(std::chrono::milliseconds timeout) override {
      concurrency::MutexLock lock(wire_.mutex_);
      if (wire_.inbox_.empty()) {
        wire_.clock_.advance(timeout);
        return std::unique_ptr<Incoming>();
      }
      auto incoming = std::make_unique<FakeIncoming>(std::move(wire_.inbox_.front()));
      wire_.inbox_.pop_front();
      return incoming;
    }

   private:
    FakeWire& wire_;
  };

  time::ManualClock& clock_;
  std::function<void(const Outgoing&)> on_send_;
  mutable concurrency::Mutex mutex_;
  bool connected_ ABSL_GUARDED_BY(mutex_) = true;
  std::uint64_t reconnections_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status send_status_ ABSL_GUARDED_BY(mutex_);
  std::vector<Outgoing> sent_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::pair<std::string, std::string>> requests_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::pair<std::string, std::string>> published_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::deque<absl::StatusOr<std::string>>> answers_ ABSL_GUARDED_BY(mutex_);
  std::deque<FakeIncoming::Fields> inbox_ ABSL_GUARDED_BY(mutex_);
  DeliveryHandler receiver_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::function<void()>> callbacks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace::bus
