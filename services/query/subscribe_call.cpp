// SPDX-License-Identifier: Apache-2.0
#include "query/subscribe_call.h"

#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "query/page_token.h"
#include "query/reply.h"
#include "query/subscribers.h"

namespace millrace::query {
namespace {

using std::chrono::seconds;

// A token goes with each answer where it is short, else with some.
constexpr std::size_t kShortToken = 16;
constexpr seconds kTokenEvery{1};
// What is being written when a call ends may never be taken.
constexpr seconds kLastWrite{1};

// Shares the bytes with all others that send them.
grpc::Slice slice_of(const SharedWrites& writes) {
  auto* const kept = new SharedWrites(writes);  // gRPC gives it back
  return grpc::Slice(
      const_cast<char*>(writes->encoded.data()), writes->encoded.size(),
      [](void* kept_writes) { delete static_cast<SharedWrites*>(kept_writes); }, kept);
}

}  // namespace

absl::Status stream_replaced() {
  return absl::AbortedError(
      "the stream was made anew, and positions of before mean nothing; subscribe again without "
      "resume_token, with from where points of before are wanted");
}

SubscribeCall::SubscribeCall(Subscribers& owner, grpc::CallbackServerContext& context,
                             const grpc::ByteBuffer& request, CheckAccess check_access)
    : owner_(owner),
      context_(context),
      begun_(owner.parts_.calls.begin(context, "Subscribe")),
      key_(rpc::presented_key(context)),
      raw_request_(request),
      check_access_(std::move(check_access)) {}

void SubscribeCall::wake() {
  concurrency::MutexLock lock(mutex_);
  schedule(owner_.parts_.platform.clock.instant());
}

void SubscribeCall::schedule(time::Instant now) {
  if (is_queued_ || ended_ || now < not_before_) return;
  const bool is_wanted =
      !subscription_ || now >= check_key_at_ ||
      // A page is read only when the client took what was sent.
      (!writing_since_ && (subscription_->wants_reading(now) || subscription_->wants_page()));
  if (!is_wanted) return;
  is_queued_ = true;
  owner_.post(shared_from_this());
}

void SubscribeCall::pump(time::Instant now) {
  while (!ended_ && !writing_since_ && subscription_) {
    const absl::Status status = subscription_->check(now);
    if (!status.ok()) return end_locked(status);
    const auto answer = subscription_->take(now);
    if (!answer) break;
    write(*answer, now);
  }
  write_owed_token(now);
  schedule(now);
}

void SubscribeCall::write(const Subscription::Answer& answer, time::Instant now) {
  std::vector<grpc::Slice> slices;
  const auto* const points = std::get_if<Subscription::Points>(&answer);
  if (points != nullptr) {
    owner_.points_.increment(static_cast<double>(points->count));
    slices.push_back(points->encoded ? grpc::Slice(*points->encoded) : slice_of(points->writes));
  } else {
    const auto& caught_up = std::get<Subscription::CaughtUp>(answer);
    v1::SubscribeResponse response;
    set_time(*response.mutable_caught_up()->mutable_at(), caught_up.at);
    response.mutable_caught_up()->set_interruption(caught_up.interruption);
    slices.emplace_back(response.SerializeAsString());
  }
  // Messages may be put together by appending.
  const std::string token = token_part(points == nullptr, now);
  if (!token.empty()) slices.emplace_back(token);
  is_token_owed_ = token.empty();
  write(std::move(slices), now);
}

// Behind the last points before a pause: the client would wait for it until the next ones.
void SubscribeCall::write_owed_token(time::Instant now) {
  if (ended_ || writing_since_ || !subscription_ || !is_token_owed_) return;
  if (now - token_sent_ < kTokenEvery) return;
  const std::string token = token_part(true, now);
  token_sent_ = now;
  if (token.empty()) return;
  is_token_owed_ = false;
  write({grpc::Slice(token)}, now);
}

void SubscribeCall::write(std::vector<grpc::Slice> slices, time::Instant now) {
  outgoing_ = grpc::ByteBuffer(slices.data(), slices.size());
  writing_since_ = now;
  StartWrite(&outgoing_);
}

std::string SubscribeCall::token_part(bool always, time::Instant now) {
  const bool is_due =
      always || subscription_->remembered() <= kShortToken || now - token_sent_ >= kTokenEvery;
  if (!is_due) return "";
  const auto position = subscription_->position();
  if (!position) return "";
  const auto token = make_subscription_token(request_->request_digest, *position);
  if (!token) return "";
  token_sent_ = now;
  v1::SubscribeResponse response;
  response.set_resume_token(*token);
  return response.SerializeAsString();
}

void SubscribeCall::tick() {
  const time::Instant now = owner_.parts_.platform.clock.instant();
  concurrency::MutexLock lock(mutex_);
  if (is_done_) return;
  if (!ended_ && writing_since_ && now - *writing_since_ > owner_.limits_.stall_timeout) {
    owner_.stalled_.increment();
    end_locked(absl::DeadlineExceededError(
        fmt::format("cannot go on: the client took nothing for {} ms (setting stall-timeout); "
                    "subscribe again with the last resume_token",
                    owner_.limits_.stall_timeout.count())));
    context_.TryCancel();
  }
  if (ended_ && writing_since_ && now - ended_at_ > kLastWrite) context_.TryCancel();
  pump(now);
}

void SubscribeCall::end(const absl::Status& status) {
  concurrency::MutexLock lock(mutex_);
  end_locked(status);
}

void SubscribeCall::end_locked(const absl::Status& status) {
  if (ended_) return;
  ended_ = status;
  ended_at_ = owner_.parts_.platform.clock.instant();
  subscription_.reset();
  // Else when the write is done.
  if (!writing_since_) finish();
}

void SubscribeCall::finish() {
  Finish(owner_.parts_.calls.end(context_, begun_, *ended_));
}

void SubscribeCall::OnWriteDone(bool ok) {
  const time::Instant now = owner_.parts_.platform.clock.instant();
  concurrency::MutexLock lock(mutex_);
  writing_since_.reset();
  outgoing_.Clear();
  if (ended_) return finish();
  if (!ok) return end_locked(absl::CancelledError("the client has gone"));
  schedule(now);
  pump(now);
}

void SubscribeCall::OnCancel() {
  // Also when the client's deadline has passed.
  end(absl::CancelledError("the client has gone, or its deadline has passed"));
}

void SubscribeCall::OnDone() {
  std::optional<LiveFeed::Id> id;
  {
    concurrency::MutexLock lock(mutex_);
    is_done_ = true;
    id = feed_id_;
  }
  if (id) owner_.parts_.feed.leave(*id);
  owner_.leave(this);
}

void SubscribeCall::change(const std::function<void(Subscription&, time::Instant)>& change) {
  const time::Instant now = owner_.parts_.platform.clock.instant();
  concurrency::MutexLock lock(mutex_);
  if (!subscription_) return;
  change(*subscription_, now);
  pump(now);
}

void SubscribeCall::on_covered(bool covered) {
  change([covered](Subscription& one, time::Instant now) { one.set_covered(covered, now); });
}

void SubscribeCall::on_disturbed(const std::string& why) {
  change([&why](Subscription& one, time::Instant) { one.disturb(why); });
}

void SubscribeCall::on_points(const SharedWrites& writes) {
  change([&writes](Subscription& one, time::Instant) { one.offer(writes); });
}

void SubscribeCall::on_settled(const Settled& settled) {
  change([&settled](Subscription& one, time::Instant) { one.settle(settled); });
}

void SubscribeCall::on_stream_replaced() {
  end(stream_replaced());
}

}  // namespace millrace::query
