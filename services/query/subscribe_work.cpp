// SPDX-License-Identifier: Apache-2.0
//
// What of a call of Subscribe takes time: opening it, looking at its key again, reading the tables.
#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/time_series/reader.h"
#include "query/application_check.h"
#include "query/subscribe_call.h"
#include "query/subscribers.h"

#include "millrace/query/v1/query.grpc.pb.h"

namespace millrace::query {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Without `from`: points that are further back when they are stored are not looked for.
constexpr std::chrono::days kLatePoints{1};
constexpr milliseconds kRetryAfter{500};
constexpr milliseconds kOpenAgain{50};
constexpr seconds kLongestOpening{5};
// A revoked key ends its subscriptions.
constexpr seconds kCheckKeyEvery{10};

// Failures that another try may not have.
bool may_pass(const absl::Status& failure) {
  return absl::IsUnavailable(failure) || absl::IsResourceExhausted(failure) ||
         absl::IsCancelled(failure) || absl::IsAborted(failure);
}

}  // namespace

void SubscribeCall::work() {
  const time::Instant now = owner_.parts_.platform.clock.instant();
  bool is_open = false;
  bool is_key_due = false;
  {
    concurrency::MutexLock lock(mutex_);
    if (ended_) return;
    is_open = subscription_.has_value();
    is_key_due = is_open && now >= check_key_at_;
  }
  absl::Status status;
  try {
    status = is_key_due ? check_key() : absl::OkStatus();
    if (status.ok()) status = is_open ? read() : open();
  } catch (const std::exception& exception) {
    status = absl::InternalError(fmt::format("exception in Subscribe: {}", exception.what()));
  }
  concurrency::MutexLock lock(mutex_);
  is_queued_ = false;
  if (!status.ok()) end_locked(status);
  pump(now);
}

absl::Status SubscribeCall::open() {
  if (!request_) MILLRACE_RETURN_IF_ERROR(check_request());
  const auto moment = first_moment();
  if (!moment.ok()) {
    const time::Instant now = owner_.parts_.platform.clock.instant();
    if (!absl::IsUnavailable(moment.status()) || now - begun_.at > kLongestOpening) {
      return moment.status();
    }
    concurrency::MutexLock lock(mutex_);
    not_before_ = now + kOpenAgain;
    return absl::OkStatus();
  }
  return start(*moment);
}

absl::Status SubscribeCall::check_request() {
  v1::SubscribeRequest message;
  grpc::ByteBuffer raw = raw_request_;
  if (!grpc::SerializationTraits<v1::SubscribeRequest>::Deserialize(&raw, &message).ok()) {
    return absl::InvalidArgumentError("the request is no SubscribeRequest");
  }
  MILLRACE_RETURN_IF_ERROR(key_.status());
  MILLRACE_ASSIGN_OR_RETURN(const rpc::Caller caller, owner_.parts_.keys.verify(*key_));
  MILLRACE_RETURN_IF_ERROR(check_access_(caller, message.application_name()));
  MILLRACE_ASSIGN_OR_RETURN(Subscribed request, check(message));
  key_id_ = caller.key_id;
  if (!is_admitted_) MILLRACE_RETURN_IF_ERROR(owner_.admit(this, key_id_));
  is_admitted_ = true;
  request_ = std::move(request);
  return absl::OkStatus();
}

absl::Status SubscribeCall::check_key() {
  {
    concurrency::MutexLock lock(mutex_);
    check_key_at_ = owner_.parts_.platform.clock.instant() + kCheckKeyEvery;
  }
  MILLRACE_ASSIGN_OR_RETURN(const rpc::Caller caller, owner_.parts_.keys.verify(*key_));
  return check_access_(caller, request_->application_name);
}

// Also sees that the application exists, and that the token is of the stream as it is.
absl::StatusOr<StreamMoment> SubscribeCall::first_moment() {
  MILLRACE_ASSIGN_OR_RETURN(const StreamMoment moment, owner_.parts_.feed.moment());
  if (request_->resumed && request_->resumed->epoch != moment.epoch) {
    return absl::FailedPreconditionError("resume_token: " + error::message(stream_replaced()));
  }
  if (is_known_) return moment;
  MILLRACE_ASSIGN_OR_RETURN(const auto lease,
                            owner_.parts_.pool.acquire(owner_.parts_.connection_wait, key_id_));
  MILLRACE_ASSIGN_OR_RETURN(application_key_,
                            time_series::find_application(*lease, request_->application_name));
  if (!application_key_) {
    MILLRACE_RETURN_IF_ERROR(
        check_application_exists(owner_.parts_.applications, request_->application_name));
  }
  is_known_ = true;
  return moment;
}

absl::Status SubscribeCall::start(const StreamMoment& moment) {
  process::Platform& platform = owner_.parts_.platform;
  const time::Instant now = platform.clock.instant();
  moment_ = moment;
  Subscription::Start start;
  start.with_history = request_->resumed || request_->from;
  if (request_->resumed) {
    start.position = *request_->resumed;
  } else {
    start.position.epoch = moment.epoch;
    start.position.from = request_->from.value_or(platform.clock.now() - kLatePoints);
  }
  {
    concurrency::MutexLock lock(mutex_);
    if (ended_) return absl::OkStatus();
    check_key_at_ = now + kCheckKeyEvery;
    subscription_.emplace(std::move(start), request_->series_names, owner_.limits_.each, now);
  }
  const LiveFeed::Id id = owner_.parts_.feed.join(request_->application_name,
                                                  request_->endpoint_ids, shared_from_this());
  bool is_done = false;
  {
    concurrency::MutexLock lock(mutex_);
    is_done = is_done_;
    if (!is_done) feed_id_ = id;
  }
  if (is_done) owner_.parts_.feed.leave(id);
  return absl::OkStatus();
}

absl::Status SubscribeCall::read() {
  // Before the lock: the feed may hold its own while it calls us. While the bus is away that of
  // before will do: it only says too little.
  const auto moment = owner_.parts_.feed.moment();
  if (moment.ok() && moment->epoch != moment_.epoch) return stream_replaced();
  if (moment.ok()) moment_ = *moment;
  if (!begin_reading()) return absl::OkStatus();
  auto page = read_page();
  if (!page.ok()) return retry_later(page.status());
  const time::Instant now = owner_.parts_.platform.clock.instant();
  concurrency::MutexLock lock(mutex_);
  if (subscription_) subscription_->add_page(*std::move(page), now);
  return absl::OkStatus();
}

// Whether there is a page to read.
bool SubscribeCall::begin_reading() {
  const time::Clock& clock = owner_.parts_.platform.clock;
  const time::Instant now = clock.instant();
  concurrency::MutexLock lock(mutex_);
  if (ended_ || !subscription_ || writing_since_) return false;
  if (subscription_->wants_page()) return true;
  if (!subscription_->wants_reading(now)) return false;
  const auto order = subscription_->begin_reading(moment_.settled, clock.now(), now);
  if (!order) return false;
  owner_.readings_.increment();
  time_series::WritesQuery query;
  query.endpoint_ids = request_->endpoint_ids;
  query.series_names = request_->series_names;
  query.from = order->from;
  query.seq_from = order->seq_from;
  query.behind = order->behind;
  query.application_key = application_key_.value_or(0);
  reader_.emplace(std::move(query));
  return true;
}

absl::StatusOr<Subscription::Page> SubscribeCall::read_page() {
  MILLRACE_ASSIGN_OR_RETURN(const auto lease,
                            owner_.parts_.pool.acquire(owner_.parts_.connection_wait, key_id_));
  Subscription::Page page;
  if (!application_key_) {
    // It had stored nothing when we looked last.
    MILLRACE_ASSIGN_OR_RETURN(application_key_,
                              time_series::find_application(*lease, request_->application_name));
    if (!application_key_) {
      page.at_end = true;
      return page;
    }
    reader_->set_application(*application_key_);
  }
  MILLRACE_RETURN_IF_ERROR(time_series::prepare_session(*lease));
  MILLRACE_ASSIGN_OR_RETURN(time_series::WritesPage found, reader_->next(*lease));
  for (time_series::WrittenSeries& series : found.series) {
    page.writes.push_back(make_writes(std::move(series)));
  }
  page.position = found.position;
  page.at_end = found.at_end;
  return page;
}

absl::Status SubscribeCall::retry_later(const absl::Status& failure) {
  if (absl::IsDeadlineExceeded(failure)) {
    return absl::DeadlineExceededError(error::message(failure) +
                                       "; subscribe to less, or raise the setting "
                                       "statement-timeout");
  }
  if (!may_pass(failure)) return absl::InternalError(error::message(failure));
  owner_.parts_.platform.log.warning_limited("a subscription cannot read the tables, trying again",
                                             {{"cause", error::message(failure)}});
  concurrency::MutexLock lock(mutex_);
  not_before_ = owner_.parts_.platform.clock.instant() + kRetryAfter;
  return absl::OkStatus();
}

}  // namespace millrace::query
