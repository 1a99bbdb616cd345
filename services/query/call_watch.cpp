// SPDX-License-Identifier: Apache-2.0
#include "query/call_watch.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lib/concurrency/wait.h"
#include "lib/error/error.h"
#include "lib/error/retry_after.h"
#include "query/refused_calls.h"

namespace millrace::query {
namespace {

constexpr std::chrono::milliseconds kPollInterval{50};
// For those that were refused: most calls take less.
constexpr std::chrono::milliseconds kRetryAfter{1000};

}  // namespace

struct CallWatch::Call::State {
  State(CallHandle call_handle, time::Instant begun)
      : handle(std::move(call_handle)), started(begun) {}

  const CallHandle handle;
  const time::Instant started;
  mutable concurrency::Mutex mutex;
  // Set when the handler has returned: the handle may point to a context that is gone.
  bool over ABSL_GUARDED_BY(mutex) = false;
  std::function<void()> cancel_statement ABSL_GUARDED_BY(mutex);
  bool cancel_counted ABSL_GUARDED_BY(mutex) = false;
  std::optional<time::Instant> writing_since ABSL_GUARDED_BY(mutex);
  // Why the watch ended the call itself.
  absl::Status ended ABSL_GUARDED_BY(mutex);
};

CallWatch::Call::Call(CallWatch& watch, CallHandle handle, std::int64_t key_id)
    : watch_(watch),
      key_id_(key_id),
      state_(std::make_shared<State>(std::move(handle), watch.clock_.instant())) {}

CallWatch::Call::~Call() {
  {
    concurrency::MutexLock lock(state_->mutex);
    state_->over = true;
  }
  watch_.remove(state_, key_id_);
}

absl::Status CallWatch::Call::check() const {
  {
    concurrency::MutexLock lock(state_->mutex);
    if (!state_->ended.ok()) return state_->ended;
  }
  if (state_->handle.is_past_deadline()) {
    return absl::DeadlineExceededError("the call's deadline has passed");
  }
  if (state_->handle.is_cancelled()) return absl::CancelledError("the client cancelled the call");
  return absl::OkStatus();
}

void CallWatch::Call::begin_statement(std::function<void()> cancel) {
  concurrency::MutexLock lock(state_->mutex);
  state_->cancel_statement = std::move(cancel);
}

void CallWatch::Call::end_statement() {
  concurrency::MutexLock lock(state_->mutex);
  state_->cancel_statement = nullptr;
}

void CallWatch::Call::begin_write() {
  concurrency::MutexLock lock(state_->mutex);
  state_->writing_since = watch_.clock_.instant();
}

void CallWatch::Call::end_write() {
  concurrency::MutexLock lock(state_->mutex);
  state_->writing_since.reset();
}

CallWatch::CallWatch(CallLimits limits, process::Platform& platform)
    : limits_(limits),
      clock_(platform.clock),
      running_(platform.metrics.gauge("millrace_query_running_calls", "Calls being answered now.")),
      cancelled_statements_(platform.metrics.counter(
          "millrace_query_cancelled_calls_total",
          "Calls whose statement was cancelled because nobody waited for it any more.")),
      stalled_calls_(platform.metrics.counter("millrace_query_ended_calls_total",
                                              "Calls ended by query itself: the client took "
                                              "nothing for stall-timeout (stalled), or the "
                                              "call ran longer than call-timeout (overlong).",
                                              {{"cause", "stalled"}})),
      overlong_calls_(platform.metrics.counter("millrace_query_ended_calls_total",
                                               "Calls ended by query itself: the client took "
                                               "nothing for stall-timeout (stalled), or the "
                                               "call ran longer than call-timeout (overlong).",
                                               {{"cause", "overlong"}})),
      refused_for_all_(refused_calls(platform.metrics, "max_calls")),
      refused_for_key_(refused_calls(platform.metrics, "max_calls_per_key")),
      shares_(limits.max_calls, limits.max_calls_per_key) {}

CallWatch::~CallWatch() {
  stop();
}

void CallWatch::start() {
  thread_ = std::jthread([this](std::stop_token stop) {
    while (concurrency::sleep_for(stop, kPollInterval)) poll();
  });
}

void CallWatch::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

absl::StatusOr<std::unique_ptr<CallWatch::Call>> CallWatch::admit(CallHandle handle,
                                                                  std::int64_t key_id) {
  switch (shares_.enter(key_id)) {
    case KeyShares::Answer::kAllInUse:
      refused_for_all_.increment();
      return error::with_retry_after(
          absl::ResourceExhaustedError(
              fmt::format("cannot take one more call: {} are running already; repeat it later, or "
                          "raise the setting max-calls",
                          shares_.places())),
          kRetryAfter);
    case KeyShares::Answer::kShareInUse:
      refused_for_key_.increment();
      return error::with_retry_after(
          absl::ResourceExhaustedError(fmt::format(
              "cannot take one more call: {} with this API key are running already; repeat it "
              "later, use another key, or raise the setting max-calls-per-key",
              shares_.share())),
          kRetryAfter);
    case KeyShares::Answer::kTaken:
      break;
  }
  // Gives the place back when it ends. Outlives the lock, which its destructor takes.
  auto call = std::make_unique<Call>(*this, std::move(handle), key_id);
  concurrency::MutexLock lock(mutex_);
  calls_.push_back(call->state_);
  running_.set(static_cast<double>(calls_.size()));
  return call;
}

void CallWatch::remove(const std::shared_ptr<Call::State>& state, std::int64_t key_id) {
  shares_.leave(key_id);
  concurrency::MutexLock lock(mutex_);
  std::erase(calls_, state);
  running_.set(static_cast<double>(calls_.size()));
}

void CallWatch::poll() {
  std::vector<std::shared_ptr<Call::State>> calls;
  {
    concurrency::MutexLock lock(mutex_);
    calls = calls_;
  }
  for (const auto& call : calls) look_after(*call);
}

void CallWatch::look_after(Call::State& call) {
  concurrency::MutexLock lock(call.mutex);
  if (call.over) return;
  const time::Instant now = clock_.instant();
  if (call.ended.ok() && call.writing_since && now - *call.writing_since > limits_.stall_timeout) {
    call.ended = absl::DeadlineExceededError(
        fmt::format("cannot go on: the client took nothing for {} ms (setting stall-timeout); "
                    "repeat the call with the last resume_token",
                    limits_.stall_timeout.count()));
    stalled_calls_.increment();
    call.handle.end();
  }
  if (call.ended.ok() && now - call.started > limits_.call_timeout) {
    call.ended = absl::DeadlineExceededError(
        fmt::format("cannot go on: the call has run for {} ms (setting call-timeout); repeat it "
                    "with the last resume_token or a smaller range",
                    limits_.call_timeout.count()));
    overlong_calls_.increment();
    call.handle.end();
  }
  if (call.cancel_statement == nullptr) return;
  if (call.ended.ok() && !call.handle.is_cancelled() && !call.handle.is_past_deadline()) return;
  if (!call.cancel_counted) cancelled_statements_.increment();
  call.cancel_counted = true;
  // Under the call's lock, so that it does not begin when the connection has its next user. One
  // that has begun is the pool's to wait for.
  call.cancel_statement();
}

}  // namespace millrace::query
