// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/running_calls.h"

#include <algorithm>
#include <string_view>

#include "lib/time/clock.h"

namespace millrace::rpc {
namespace {

using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerRpcInfo;

// From a call's acceptance until it is counted.
constexpr std::chrono::milliseconds kMoment{50};

// Lives as long as its call.
class CountedCall final : public grpc::experimental::Interceptor {
 public:
  explicit CountedCall(RunningCalls& calls) : calls_(calls) { calls_.enter(); }
  ~CountedCall() override { calls_.leave(); }
  CountedCall(const CountedCall&) = delete;
  CountedCall& operator=(const CountedCall&) = delete;

  void Intercept(InterceptorBatchMethods* methods) override { methods->Proceed(); }

 private:
  RunningCalls& calls_;
};

class CallCounter final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit CallCounter(RunningCalls& calls) : calls_(calls) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(ServerRpcInfo* info) override {
    const bool of_grpc = std::string_view(info->method()).starts_with("/grpc.");
    return of_grpc ? nullptr : new CountedCall(calls_);  // gRPC owns it
  }

 private:
  RunningCalls& calls_;
};

}  // namespace

void RunningCalls::enter() {
  concurrency::MutexLock lock(mutex_);
  ++running_;
}

void RunningCalls::leave() {
  concurrency::MutexLock lock(mutex_);
  --running_;
  left_.notify_all();
}

void RunningCalls::wait_until_none(std::chrono::milliseconds at_most) {
  const time::SystemClock clock;
  const time::Instant end = clock.instant() + at_most;
  concurrency::MutexLock lock(mutex_);
  while (true) {
    const auto left = end - clock.instant();
    if (left <= std::chrono::nanoseconds::zero()) return;
    const bool was_none = running_ == 0;
    const auto pause = was_none ? std::min<std::chrono::nanoseconds>(left, kMoment) : left;
    if (!left_.wait_for(mutex_, pause) && was_none && running_ == 0) return;
  }
}

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> make_call_counter(
    RunningCalls& calls) {
  return std::make_unique<CallCounter>(calls);
}

}  // namespace millrace::rpc
