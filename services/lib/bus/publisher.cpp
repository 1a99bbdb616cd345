// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/publisher.h"

#include <thread>
#include <utility>

#include <fmt/format.h>

#include "lib/bus/publisher_core.h"
#include "lib/error/error.h"

namespace millrace::bus {
namespace {

// How exactly retry_after and the deadline are kept.
constexpr std::chrono::milliseconds kTick{50};

// Wakes the publisher's thread; outlives the publisher in the connection's list of callbacks.
class Bell {
 public:
  void ring() {
    concurrency::MutexLock lock(mutex_);
    rung_ = true;
    condition_.notify_one();
  }
  // True when rung since the last call.
  bool wait(std::chrono::milliseconds timeout) {
    concurrency::MutexLock lock(mutex_);
    if (!rung_) condition_.wait_for(mutex_, timeout);
    return std::exchange(rung_, false);
  }

 private:
  concurrency::Mutex mutex_;
  concurrency::CondVar condition_;
  bool rung_ ABSL_GUARDED_BY(mutex_) = false;
};

class JetStreamPublisher final : public Publisher {
 public:
  JetStreamPublisher(Wire& wire, PublisherOptions options, const std::string& inbox,
                     process::Platform& platform)
      : bell_(std::make_shared<Bell>()), core_(wire, options, inbox, platform) {}

  absl::Status start(Wire& wire, const std::string& inbox) {
    auto answers = wire.receive(inbox + ".*",
                                [this](const Delivery& delivery) { core_.on_delivery(delivery); });
    if (!answers.ok()) return error::prefixed("cannot receive acknowledgements", answers.status());
    answers_ = *std::move(answers);
    // Bound to the bell, not to this: the connection keeps its callbacks as long as it lives.
    wire.on_reconnect([bell = std::weak_ptr<Bell>(bell_)] {
      if (const auto alive = bell.lock()) alive->ring();
    });
    ticker_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    return absl::OkStatus();
  }

  ~JetStreamPublisher() override {
    ticker_.request_stop();
    bell_->ring();
    if (ticker_.joinable()) ticker_.join();
    answers_.reset();  // waits for an acknowledgement that is being handled
    core_.close();
  }
  JetStreamPublisher(const JetStreamPublisher&) = delete;
  JetStreamPublisher& operator=(const JetStreamPublisher&) = delete;

  absl::Status publish(const std::string& subject, std::string payload,
                       const std::optional<trace::TraceContext>& trace, Done done) override {
    return core_.publish(subject, std::move(payload), trace, std::move(done));
  }
  absl::Status publish_as(std::string message_id, const std::string& subject, std::string payload,
                          Done done) override {
    return core_.publish_as(std::move(message_id), subject, std::move(payload), std::nullopt,
                            std::move(done));
  }
  std::size_t in_flight() const override { return core_.in_flight(); }

 private:
  void run(const std::stop_token& stop) {
    while (true) {
      const bool reconnected = bell_->wait(kTick);
      if (stop.stop_requested()) return;
      if (reconnected) core_.send_all_again();
      core_.tick();
    }
  }

  const std::shared_ptr<Bell> bell_;
  PublisherCore core_;
  std::unique_ptr<Subscription> answers_;
  std::jthread ticker_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Publisher>> Publisher::create(Connection& connection,
                                                             PublisherOptions options,
                                                             process::Platform& platform) {
  if (options.max_in_flight == 0 || options.retry_after.count() <= 0 ||
      options.deadline < options.retry_after) {
    return absl::InvalidArgumentError(fmt::format(
        "cannot make a publisher: max_in_flight {} must be at least 1, retry_after {} ms more than "
        "0 and no longer than deadline {} ms",
        options.max_in_flight, options.retry_after.count(), options.deadline.count()));
  }
  MILLRACE_ASSIGN_OR_RETURN(Wire * wire, Wire::of(connection));
  const std::string inbox = "_INBOX." + random_token();
  auto publisher = std::make_unique<JetStreamPublisher>(*wire, options, inbox, platform);
  MILLRACE_RETURN_IF_ERROR(publisher->start(*wire, inbox));
  return publisher;
}

}  // namespace millrace::bus
