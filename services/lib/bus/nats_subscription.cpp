// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/nats_subscription.h"

#include <chrono>
#include <utility>

#include "lib/bus/nats_convert.h"
#include "lib/bus/nats_message.h"
#include "lib/concurrency/mutex.h"

namespace millrace::bus {
namespace {

// Makes sure that the server knows of a new subscription before anything is published that it
// should receive, over whatever connection.
constexpr std::chrono::milliseconds kFlushTimeout{2000};

void make_known(natsConnection* connection) {
  if (natsConnection_Status(connection) != NATS_CONN_STATUS_CONNECTED) return;
  // Failure means that the connection was lost: the reconnection subscribes again.
  natsConnection_FlushTimeout(connection, nats_milliseconds(kFlushTimeout));
}

class HandledSubscription final : public Subscription {
 public:
  explicit HandledSubscription(NatsHandler handler) : handler_(std::move(handler)) {}

  absl::Status open(natsConnection* connection, const std::string& subject,
                    const std::string& queue_group) {
    natsStatus s = queue_group.empty()
                       ? natsConnection_Subscribe(&subscription_, connection, subject.c_str(),
                                                  &HandledSubscription::on_message, this)
                       : natsConnection_QueueSubscribe(&subscription_, connection, subject.c_str(),
                                                       queue_group.c_str(),
                                                       &HandledSubscription::on_message, this);
    if (s != NATS_OK) return status_of_nats(s, "subscribe to '" + subject + "'");
    s = natsSubscription_SetOnCompleteCB(subscription_, &HandledSubscription::on_complete, this);
    if (s != NATS_OK) return status_of_nats(s, "watch the subscription to '" + subject + "'");
    watched_ = true;
    make_known(connection);
    return absl::OkStatus();
  }

  // nats.c does not wait for a handler that is running; its word that none will run any more is the
  // completion callback.
  ~HandledSubscription() override {
    if (subscription_ == nullptr) return;
    natsSubscription_Unsubscribe(
        subscription_);  // fails when the connection is closed: complete too
    if (watched_) {
      concurrency::MutexLock lock(mutex_);
      while (!complete_) completed_.wait(mutex_);
    }
    natsSubscription_Destroy(subscription_);
  }
  HandledSubscription(const HandledSubscription&) = delete;
  HandledSubscription& operator=(const HandledSubscription&) = delete;

 private:
  static void on_message(natsConnection* /*connection*/, natsSubscription* /*subscription*/,
                         natsMsg* message, void* closure) {
    const NatsMessage owned(message);
    static_cast<HandledSubscription*>(closure)->handler_(message);
  }

  static void on_complete(void* closure) {
    auto* self = static_cast<HandledSubscription*>(closure);
    concurrency::MutexLock lock(self->mutex_);
    self->complete_ = true;
    // Under the lock: the destructor must not return before this call is over.
    self->completed_.notify_all();
  }

  const NatsHandler handler_;
  natsSubscription* subscription_ = nullptr;
  bool watched_ = false;
  concurrency::Mutex mutex_;
  concurrency::CondVar completed_;
  bool complete_ ABSL_GUARDED_BY(mutex_) = false;
};

class NatsIncoming final : public Incoming {
 public:
  explicit NatsIncoming(natsMsg* message) : message_(message), status_(server_status_of(message)) {}

  std::string_view subject() const override { return subject_of(message_.get()); }
  std::string_view payload() const override { return payload_of(message_.get()); }
  std::string_view reply_to() const override { return reply_to_of(message_.get()); }
  int status() const override { return status_.code; }
  std::string_view status_text() const override { return status_.text; }

 private:
  const NatsMessage message_;
  const ServerStatus status_;
};

// nats.c keeps the message that says so to itself.
class NoResponders final : public Incoming {
 public:
  std::string_view subject() const override { return ""; }
  std::string_view payload() const override { return ""; }
  std::string_view reply_to() const override { return ""; }
  int status() const override { return kNoResponders; }
  std::string_view status_text() const override { return "No Responders"; }
};

class NatsInbox final : public Inbox {
 public:
  explicit NatsInbox(natsSubscription* subscription) : subscription_(subscription) {}
  ~NatsInbox() override {
    natsSubscription_Unsubscribe(subscription_);
    natsSubscription_Destroy(subscription_);
  }
  NatsInbox(const NatsInbox&) = delete;
  NatsInbox& operator=(const NatsInbox&) = delete;

  absl::StatusOr<std::unique_ptr<Incoming>> next(std::chrono::milliseconds timeout) override {
    natsMsg* message = nullptr;
    const natsStatus s =
        natsSubscription_NextMsg(&message, subscription_, nats_milliseconds(timeout));
    if (s == NATS_TIMEOUT) return std::unique_ptr<Incoming>();
    if (s == NATS_NO_RESPONDERS) return std::make_unique<NoResponders>();
    if (s == NATS_CONNECTION_CLOSED || s == NATS_INVALID_SUBSCRIPTION) {
      return absl::UnavailableError("cannot read an inbox: the NATS connection is closed");
    }
    if (s != NATS_OK) return status_of_nats(s, "read an inbox");
    return std::make_unique<NatsIncoming>(message);
  }

 private:
  natsSubscription* const subscription_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Subscription>> subscribe_nats(natsConnection* connection,
                                                             const std::string& subject,
                                                             const std::string& queue_group,
                                                             NatsHandler handler) {
  auto subscription = std::make_unique<HandledSubscription>(std::move(handler));
  const absl::Status opened = subscription->open(connection, subject, queue_group);
  if (!opened.ok()) return opened;
  return subscription;
}

absl::StatusOr<std::unique_ptr<Inbox>> open_nats_inbox(natsConnection* connection,
                                                       const std::string& subject) {
  natsSubscription* subscription = nullptr;
  const natsStatus s = natsConnection_SubscribeSync(&subscription, connection, subject.c_str());
  if (s != NATS_OK) return status_of_nats(s, "subscribe to '" + subject + "'");
  auto inbox = std::make_unique<NatsInbox>(subscription);
  // What comes was asked for, with a bound in the request: nothing may be dropped here.
  const natsStatus limits = natsSubscription_SetPendingLimits(subscription, -1, -1);
  if (limits != NATS_OK) return status_of_nats(limits, "lift the limits of an inbox");
  make_known(connection);
  return inbox;
}

}  // namespace millrace::bus
