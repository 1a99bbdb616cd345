// SPDX-License-Identifier: Apache-2.0
#include "query/subscribers.h"

#include <utility>

#include <fmt/format.h>

#include "lib/concurrency/wait.h"
#include "lib/error/retry_after.h"

namespace millrace::query {
namespace {

constexpr std::chrono::milliseconds kTick{100};
constexpr std::chrono::seconds kLongestEnd{5};
// For those that were refused.
constexpr std::chrono::milliseconds kRetryAfter{5000};

absl::Status stopping() {
  return absl::UnavailableError("query is stopping; go on with the last resume_token");
}

}  // namespace

Subscribers::Subscribers(SubscriberParts parts, SubscriberLimits limits)
    : parts_(parts),
      limits_(limits),
      running_(parts.platform.metrics.gauge("millrace_query_subscriptions",
                                            "Calls of Subscribe that are open.")),
      points_(parts.platform.metrics.counter("millrace_query_points_total",
                                             "Data points sent to clients.")),
      readings_(parts.platform.metrics.counter(
          "millrace_query_subscription_readings_total",
          "Times a subscription began to read the tables: its history, or what it may have "
          "missed.")),
      stalled_(parts.platform.metrics.counter(
          "millrace_query_stalled_subscriptions_total",
          "Subscriptions ended because the client took nothing for stall-timeout.")) {}

Subscribers::~Subscribers() {
  stop();
}

void Subscribers::start() {
  for (std::size_t i = 0; i < limits_.threads; ++i) {
    workers_.emplace_back([this] { run_work(); });
  }
  ticks_ = std::jthread([this](const std::stop_token& stop) { run_ticks(stop); });
}

void Subscribers::end_all() {
  {
    concurrency::MutexLock lock(mutex_);
    ending_ = true;
  }
  for (const auto& call : calls()) call->end(stopping());
  const time::Instant until = parts_.platform.clock.instant() + kLongestEnd;
  concurrency::MutexLock lock(mutex_);
  while (!calls_.empty()) {
    const auto left = until - parts_.platform.clock.instant();
    if (left <= std::chrono::nanoseconds::zero()) return;
    call_left_.wait_for(mutex_, left);
  }
}

void Subscribers::stop() {
  {
    concurrency::MutexLock lock(mutex_);
    stopping_ = true;
    work_.clear();
  }
  work_came_.notify_all();
  workers_.clear();
  if (!ticks_.joinable()) return;
  ticks_.request_stop();
  ticks_.join();
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* Subscribers::begin(grpc::CallbackServerContext& context,
                                                               const grpc::ByteBuffer& request,
                                                               CheckAccess check_access) {
  auto call = std::make_shared<SubscribeCall>(*this, context, request, std::move(check_access));
  SubscribeCall* const reactor = call.get();
  absl::Status refused;
  {
    concurrency::MutexLock lock(mutex_);
    calls_[reactor] = call;
    running_.set(static_cast<double>(calls_.size()));
    if (ending_) refused = stopping();
    // Nobody knows yet whose they are: room for as many again.
    if (calls_.size() > 2 * limits_.subscriptions) {
      refused = error::with_retry_after(
          absl::ResourceExhaustedError("too many subscriptions are being opened at once; repeat it "
                                       "later"),
          kRetryAfter);
    }
  }
  if (refused.ok()) {
    call->wake();
  } else {
    call->end(refused);
  }
  return reactor;
}

absl::Status Subscribers::admit(const SubscribeCall* call, std::int64_t key_id) {
  concurrency::MutexLock lock(mutex_);
  if (key_of_.size() >= limits_.subscriptions) {
    return error::with_retry_after(
        absl::ResourceExhaustedError(fmt::format(
            "cannot take one more subscription: {} are open already; repeat it later, or raise the "
            "setting max-subscriptions",
            key_of_.size())),
        kRetryAfter);
  }
  std::size_t& of_key = of_key_[key_id];
  if (of_key >= limits_.per_key) {
    return absl::ResourceExhaustedError(fmt::format(
        "cannot take one more subscription of this API key: {} are open already; end one of them, "
        "or raise the setting max-subscriptions-per-key",
        of_key));
  }
  ++of_key;
  key_of_[call] = key_id;
  return absl::OkStatus();
}

void Subscribers::leave(const SubscribeCall* call) {
  // Outlives the lock: it may be the last one to have it.
  std::shared_ptr<SubscribeCall> gone;
  concurrency::MutexLock lock(mutex_);
  const auto key = key_of_.find(call);
  if (key != key_of_.end()) {
    const auto count = of_key_.find(key->second);
    if (--count->second == 0) of_key_.erase(count);
    key_of_.erase(key);
  }
  const auto found = calls_.find(call);
  gone = std::move(found->second);
  calls_.erase(found);
  running_.set(static_cast<double>(calls_.size()));
  call_left_.notify_all();
}

void Subscribers::post(std::shared_ptr<SubscribeCall> call) {
  concurrency::MutexLock lock(mutex_);
  if (stopping_) return;
  work_.push_back(std::move(call));
  work_came_.notify_one();
}

void Subscribers::run_work() {
  while (true) {
    std::shared_ptr<SubscribeCall> call;
    {
      concurrency::MutexLock lock(mutex_);
      while (work_.empty() && !stopping_) work_came_.wait(mutex_);
      if (stopping_) return;
      call = std::move(work_.front());
      work_.pop_front();
    }
    call->work();
  }
}

void Subscribers::run_ticks(const std::stop_token& stop) {
  while (concurrency::sleep_for(stop, kTick)) {
    for (const auto& call : calls()) call->tick();
  }
}

std::vector<std::shared_ptr<SubscribeCall>> Subscribers::calls() {
  std::vector<std::shared_ptr<SubscribeCall>> all;
  concurrency::MutexLock lock(mutex_);
  all.reserve(calls_.size());
  for (const auto& [key, call] : calls_) all.push_back(call);
  return all;
}

}  // namespace millrace::query
