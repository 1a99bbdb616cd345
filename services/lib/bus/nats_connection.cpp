// SPDX-License-Identifier: Apache-2.0
//
// bus::Connection and Wire over nats.c.
#include <atomic>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/bus/nats_convert.h"
#include "lib/bus/nats_message.h"
#include "lib/bus/nats_options.h"
#include "lib/bus/nats_subscription.h"
#include "lib/bus/reply_table.h"
#include "lib/bus/unique_id.h"
#include "lib/bus/wire.h"
#include "lib/concurrency/wait.h"
#include "lib/error/error.h"

namespace millrace::bus {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstConnectPause{250};
// How exactly the time-outs of requests are kept.
constexpr milliseconds kTick{25};
constexpr std::size_t kMaxWaitingRequests = 20'000;
constexpr char kCondition[] = "nats";

class NatsConnection final : public Wire {
 public:
  NatsConnection(ConnectionOptions options, process::Platform& platform)
      : options_(std::move(options)),
        address_(printable(options_.url)),
        platform_(platform),
        gauge_(platform.metrics.gauge("millrace_bus_connected",
                                      "1 while the connection to NATS stands, 0 otherwise.")),
        reconnect_counter_(platform.metrics.counter("millrace_bus_reconnects_total",
                                                    "Connections to NATS lost and found again.")),
        dropped_counter_(platform.metrics.counter(
            "millrace_bus_slow_subscriptions_total",
            "Times a subscription fell so far behind that messages of it were dropped.")),
        inbox_("_INBOX." + random_token()) {}

  ~NatsConnection() override;
  NatsConnection(const NatsConnection&) = delete;
  NatsConnection& operator=(const NatsConnection&) = delete;

  absl::Status open(const std::stop_token& stop);

  bool connected() const override { return connected_; }
  std::uint64_t reconnections() const override { return reconnections_; }
  std::size_t max_payload_bytes() const override {
    return static_cast<std::size_t>(natsConnection_GetMaxPayload(nats_));
  }

  absl::Status publish(const std::string& subject, std::string_view payload,
                       const std::optional<trace::TraceContext>& trace) override;
  absl::Status send(const Outgoing& message) override;
  absl::StatusOr<std::string> request(const std::string& subject, std::string_view payload,
                                      milliseconds timeout) override;
  void request_async(const std::string& subject, std::string_view payload, milliseconds timeout,
                     ReplyTable::Done done) override;
  absl::StatusOr<std::unique_ptr<Subscription>> subscribe(const std::string& subject,
                                                          const std::string& queue_group,
                                                          MessageHandler handler) override;
  absl::StatusOr<std::unique_ptr<Subscription>> receive(const std::string& subject,
                                                        DeliveryHandler handler) override;
  absl::StatusOr<std::unique_ptr<Inbox>> open_inbox(const std::string& subject) override;
  void on_reconnect(std::function<void()> callback) override;

 private:
  static std::string printable(const std::string& urls);
  static NatsConnection& self(void* closure) { return *static_cast<NatsConnection*>(closure); }

  absl::Status connect_until(const std::stop_token& stop);
  void on_disconnected();
  void on_reconnected();
  void on_closed();
  void on_failure(natsStatus status);
  void on_reply(const Delivery& delivery);
  void fail_requests(const std::function<absl::Status(const std::string& subject)>& why);
  void expire_requests(const std::stop_token& stop);
  absl::Status not_connected(const std::string& subject) const;

  const ConnectionOptions options_;
  const std::string address_;  // without credentials
  process::Platform& platform_;
  const metrics::Gauge gauge_;
  const metrics::Counter reconnect_counter_;
  const metrics::Counter dropped_counter_;
  const std::string inbox_;

  natsConnection* nats_ = nullptr;  // set by open(), then constant
  std::atomic<bool> connected_{false};
  std::atomic<bool> closing_{false};
  std::atomic<std::uint64_t> reconnections_{0};

  concurrency::Mutex mutex_;
  concurrency::CondVar closed_changed_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::function<void()>> reconnect_callbacks_ ABSL_GUARDED_BY(mutex_);

  concurrency::Mutex replies_mutex_;
  ReplyTable replies_ ABSL_GUARDED_BY(replies_mutex_){kMaxWaitingRequests};

  std::unique_ptr<Subscription> reply_subscription_;
  std::jthread ticker_;
};

std::string NatsConnection::printable(const std::string& urls) {
  std::string result;
  for (const std::string& url : split_urls(urls)) {
    if (!result.empty()) result += ",";
    result += without_credentials(url);
  }
  return result;
}

absl::Status NatsConnection::open(const std::stop_token& stop) {
  MILLRACE_RETURN_IF_ERROR(connect_until(stop));
  // Lost again already: the callbacks say so, and say when it is back.
  connected_ = natsConnection_Status(nats_) == NATS_CONN_STATUS_CONNECTED;
  MILLRACE_ASSIGN_OR_RETURN(
      reply_subscription_,
      receive(inbox_ + ".*", [this](const Delivery& delivery) { on_reply(delivery); }));
  ticker_ = std::jthread([this](const std::stop_token& token) { expire_requests(token); });
  gauge_.set(1);
  platform_.readiness.set(kCondition, true, "connected to " + address_);
  platform_.log.info("connected to NATS", {{"url", address_}});
  return absl::OkStatus();
}

absl::Status NatsConnection::connect_until(const std::stop_token& stop) {
  const NatsCallbacks callbacks{
      [](natsConnection*, void* closure) { self(closure).on_disconnected(); },
      [](natsConnection*, void* closure) { self(closure).on_reconnected(); },
      [](natsConnection*, void* closure) { self(closure).on_closed(); },
      [](natsConnection*, natsSubscription*, natsStatus status, void* closure) {
        self(closure).on_failure(status);
      },
      this};
  MILLRACE_ASSIGN_OR_RETURN(const NatsOptions options, make_nats_options(options_, callbacks));
  bool said = false;
  while (!stop.stop_requested()) {
    const natsStatus s = natsConnection_Connect(&nats_, options.get());
    if (s == NATS_OK) return absl::OkStatus();
    const absl::Status failure = status_of_nats(s, "connect to NATS at '" + address_ + "'");
    if (absl::IsInvalidArgument(failure)) return failure;
    const std::string cause = error::message(failure);
    platform_.readiness.set(kCondition, false, cause);
    if (!std::exchange(said, true)) {
      platform_.log.warning("waiting for NATS", {{"url", address_}, {"cause", cause}});
    }
    if (!concurrency::sleep_for(stop, kFirstConnectPause)) break;
  }
  return absl::CancelledError("cannot connect to NATS at '" + address_ + "': stopped");
}

NatsConnection::~NatsConnection() {
  closing_ = true;
  ticker_.request_stop();
  if (ticker_.joinable()) ticker_.join();
  reply_subscription_.reset();
  fail_requests([](const std::string& subject) {
    return absl::CancelledError(
        fmt::format("cannot get an answer from '{}': the connection to NATS is closed", subject));
  });
  if (nats_ == nullptr) return;
  natsConnection_Close(nats_);
  {
    // nats.c runs its callbacks, the one of closing last, on a thread that does not end with the
    // connection: until that one has run, this object is in use.
    concurrency::MutexLock lock(mutex_);
    while (!closed_) closed_changed_.wait(mutex_);
  }
  natsConnection_Destroy(nats_);
}

void NatsConnection::on_disconnected() {
  connected_ = false;
  gauge_.set(0);
  if (closing_) return;
  platform_.readiness.set(kCondition, false, "lost the connection to " + address_);
  platform_.log.warning("lost the connection to NATS, waiting for it", {{"url", address_}});
  // Their answers went to the connection that is gone; nobody should wait out a time-out for them.
  fail_requests([this](const std::string& subject) { return not_connected(subject); });
}

void NatsConnection::on_reconnected() {
  ++reconnections_;
  connected_ = true;
  gauge_.set(1);
  reconnect_counter_.increment();
  platform_.readiness.set(kCondition, true, "connected to " + address_);
  platform_.log.info("connected to NATS again", {{"url", address_}});
  std::vector<std::function<void()>> callbacks;
  {
    concurrency::MutexLock lock(mutex_);
    callbacks = reconnect_callbacks_;
  }
  for (const auto& callback : callbacks) callback();
}

void NatsConnection::on_closed() {
  connected_ = false;
  gauge_.set(0);
  if (!closing_) {
    // nats.c gives up for one reason only: the server refuses the credentials again and again.
    platform_.readiness.set(kCondition, false, "NATS refused the connection for good");
    platform_.log.error(
        "NATS refused the connection for good: check the credentials in nats-url "
        "and start this service again",
        {{"url", address_}});
  }
  concurrency::MutexLock lock(mutex_);
  closed_ = true;
  closed_changed_.notify_all();
}

void NatsConnection::on_failure(natsStatus status) {
  if (status == NATS_SLOW_CONSUMER) dropped_counter_.increment();
  platform_.log.warning_limited("NATS reported a failure",
                                {{"url", address_}, {"cause", natsStatus_GetText(status)}});
}

absl::Status NatsConnection::not_connected(const std::string& subject) const {
  return absl::UnavailableError(
      fmt::format("cannot send to '{}': there is no connection to NATS at {}", subject, address_));
}

absl::Status NatsConnection::publish(const std::string& subject, std::string_view payload,
                                     const std::optional<trace::TraceContext>& trace) {
  if (trace.has_value()) return send({subject, std::string(payload), "", "", trace});
  if (!connected_) return not_connected(subject);
  const natsStatus s = natsConnection_Publish(nats_, subject.c_str(), payload.data(),
                                              static_cast<int>(payload.size()));
  return s == NATS_OK ? absl::OkStatus() : status_of_nats(s, "publish to '" + subject + "'");
}

absl::Status NatsConnection::send(const Outgoing& message) {
  if (!connected_) return not_connected(message.subject);
  natsStatus s = NATS_OK;
  if (message.message_id.empty() && !message.trace.has_value()) {
    s = natsConnection_PublishRequest(nats_, message.subject.c_str(), message.reply_to.c_str(),
                                      message.payload.data(),
                                      static_cast<int>(message.payload.size()));
  } else {
    MILLRACE_ASSIGN_OR_RETURN(const NatsMessage made, make_nats_message(message));
    s = natsConnection_PublishMsg(nats_, made.get());
  }
  return s == NATS_OK ? absl::OkStatus()
                      : status_of_nats(s, "publish to '" + message.subject + "'");
}

absl::StatusOr<std::string> NatsConnection::request(const std::string& subject,
                                                    std::string_view payload,
                                                    milliseconds timeout) {
  struct Answer {
    concurrency::Mutex mutex;
    concurrency::CondVar came;
    std::optional<absl::StatusOr<std::string>> value ABSL_GUARDED_BY(mutex);
  };
  const auto answer = std::make_shared<Answer>();
  request_async(subject, payload, timeout, [answer](absl::StatusOr<std::string> value) {
    concurrency::MutexLock lock(answer->mutex);
    answer->value = std::move(value);
    answer->came.notify_one();
  });
  concurrency::MutexLock lock(answer->mutex);
  while (!answer->value.has_value()) answer->came.wait(answer->mutex);
  return *std::move(answer->value);
}

void NatsConnection::request_async(const std::string& subject, std::string_view payload,
                                   milliseconds timeout, ReplyTable::Done done) {
  if (!connected_) return done(not_connected(subject));
  ReplyTable::Entry entry{subject, std::move(done), platform_.clock.instant() + timeout};
  std::optional<ReplyTable::Ticket> ticket;
  {
    concurrency::MutexLock lock(replies_mutex_);
    ticket = replies_.add(entry);
  }
  if (!ticket.has_value()) {
    return entry.done(absl::UnavailableError(fmt::format(
        "cannot ask '{}': {} requests wait for an answer already", subject, kMaxWaitingRequests)));
  }
  const absl::Status sent =
      send({subject, std::string(payload), inbox_ + "." + std::to_string(*ticket), ""});
  if (sent.ok()) return;
  std::optional<ReplyTable::Entry> failed;
  {
    concurrency::MutexLock lock(replies_mutex_);
    failed = replies_.take(*ticket);
  }
  if (failed.has_value()) failed->done(sent);
}

void NatsConnection::on_reply(const Delivery& delivery) {
  const auto ticket = ticket_of(delivery.subject);
  if (!ticket.has_value()) return;
  std::optional<ReplyTable::Entry> entry;
  {
    concurrency::MutexLock lock(replies_mutex_);
    entry = replies_.take(*ticket);
  }
  if (!entry.has_value()) return;  // came after its time-out
  if (delivery.status == kNoResponders) {
    entry->done(absl::UnavailableError(
        fmt::format("cannot get an answer from '{}': nobody serves it now", entry->subject)));
    return;
  }
  entry->done(std::string(delivery.payload));
}

void NatsConnection::fail_requests(
    const std::function<absl::Status(const std::string& subject)>& why) {
  std::vector<ReplyTable::Entry> waiting;
  {
    concurrency::MutexLock lock(replies_mutex_);
    waiting = replies_.take_all();
  }
  for (const ReplyTable::Entry& entry : waiting) entry.done(why(entry.subject));
}

void NatsConnection::expire_requests(const std::stop_token& stop) {
  while (concurrency::sleep_for(stop, kTick)) {
    std::vector<ReplyTable::Entry> expired;
    {
      concurrency::MutexLock lock(replies_mutex_);
      if (replies_.size() == 0) continue;
      expired = replies_.take_expired(platform_.clock.instant());
    }
    for (const ReplyTable::Entry& entry : expired) {
      entry.done(absl::DeadlineExceededError(
          fmt::format("cannot get an answer from '{}': none came in time", entry.subject)));
    }
  }
}

absl::StatusOr<std::unique_ptr<Subscription>> NatsConnection::subscribe(
    const std::string& subject, const std::string& queue_group, MessageHandler handler) {
  return subscribe_nats(nats_, subject, queue_group,
                        [handler = std::move(handler)](natsMsg* message) {
                          handler({subject_of(message), payload_of(message), reply_to_of(message)});
                        });
}

absl::StatusOr<std::unique_ptr<Subscription>> NatsConnection::receive(const std::string& subject,
                                                                      DeliveryHandler handler) {
  return subscribe_nats(nats_, subject, "", [handler = std::move(handler)](natsMsg* message) {
    handler({subject_of(message), payload_of(message), server_status_of(message).code});
  });
}

absl::StatusOr<std::unique_ptr<Inbox>> NatsConnection::open_inbox(const std::string& subject) {
  return open_nats_inbox(nats_, subject);
}

void NatsConnection::on_reconnect(std::function<void()> callback) {
  concurrency::MutexLock lock(mutex_);
  reconnect_callbacks_.push_back(std::move(callback));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connection::connect(ConnectionOptions options,
                                                                process::Platform& platform,
                                                                std::stop_token stop) {
  auto connection = std::make_unique<NatsConnection>(std::move(options), platform);
  MILLRACE_RETURN_IF_ERROR(connection->open(stop));
  return connection;
}

absl::StatusOr<Wire*> Wire::of(Connection& connection) {
  auto* const wire = dynamic_cast<Wire*>(&connection);
  if (wire == nullptr) {
    return absl::InvalidArgumentError(
        "cannot use JetStream: the connection was not made by bus::Connection::connect");
  }
  return wire;
}

}  // namespace millrace::bus
