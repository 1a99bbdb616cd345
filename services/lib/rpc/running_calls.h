// SPDX-License-Identifier: Apache-2.0
//
// How many calls a server has at work, so that it can stop when the last one has ended instead of
// waiting for idle clients to hang up. Internal to lib/rpc.
#pragma once

#include <chrono>
#include <memory>

#include <grpcpp/support/server_interceptor.h>

#include "lib/concurrency/mutex.h"

namespace millrace::rpc {

// Safe to use from any thread; outlives the calls.
class RunningCalls {
 public:
  void enter();
  void leave();
  // Waits until no call has been at work for a moment (one that was just accepted is not counted
  // yet), or for `at_most`.
  void wait_until_none(std::chrono::milliseconds at_most);

 private:
  concurrency::Mutex mutex_;
  concurrency::CondVar left_;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Counts every call but those of gRPC's own services: a health watch may go on for ever.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> make_call_counter(
    RunningCalls& calls);

}  // namespace millrace::rpc
