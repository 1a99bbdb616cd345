// SPDX-License-Identifier: Apache-2.0
//
// All calls of Subscribe: how many there may be, the few threads that read tables for them, and
// their end when query stops.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <thread>
#include <unordered_map>
#include <vector>

#include <absl/status/status.h>
#include <grpcpp/grpcpp.h>

#include "lib/concurrency/mutex.h"
#include "lib/postgres/pool.h"
#include "lib/process/platform.h"
#include "lib/registry_client/rules_directory.h"
#include "lib/rpc/server.h"
#include "query/live_feed.h"
#include "query/subscribe_call.h"

namespace millrace::query {

struct SubscriberLimits {
  std::size_t subscriptions = 5000;
  std::size_t per_key = 2500;
  std::chrono::milliseconds stall_timeout{60'000};
  std::size_t threads = 4;
  SubscriptionLimits each;
};

// All of it outlives the subscribers.
struct SubscriberParts {
  postgres::Pool& pool;
  std::chrono::milliseconds connection_wait;
  registry_client::RulesDirectory& applications;
  rpc::KeyVerifier& keys;
  rpc::Calls& calls;
  LiveFeed& feed;
  process::Platform& platform;
};

class Subscribers {
 public:
  Subscribers(SubscriberParts parts, SubscriberLimits limits);
  ~Subscribers();
  Subscribers(const Subscribers&) = delete;
  Subscribers& operator=(const Subscribers&) = delete;

  void start();
  // Ends all calls, and each that comes later, with kUnavailable; returns when they have ended, or
  // after five seconds.
  void end_all();
  // Joins the threads; no call is left.
  void stop();

  // A call has come. gRPC owns what it gets until OnDone.
  grpc::ServerWriteReactor<grpc::ByteBuffer>* begin(grpc::CallbackServerContext& context,
                                                    const grpc::ByteBuffer& request,
                                                    CheckAccess check_access);

 private:
  friend class SubscribeCall;

  // kResourceExhausted: too many, of this key or of all. To be given back by leave().
  absl::Status admit(const SubscribeCall* call, std::int64_t key_id);
  // The call has ended.
  void leave(const SubscribeCall* call);
  void post(std::shared_ptr<SubscribeCall> call);
  void run_work();
  void run_ticks(const std::stop_token& stop);
  std::vector<std::shared_ptr<SubscribeCall>> calls();

  const SubscriberParts parts_;
  const SubscriberLimits limits_;
  const metrics::Gauge running_;
  const metrics::Counter points_;
  const metrics::Counter readings_;
  const metrics::Counter stalled_;

  concurrency::Mutex mutex_;
  concurrency::CondVar work_came_;
  concurrency::CondVar call_left_;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::unordered_map<const SubscribeCall*, std::shared_ptr<SubscribeCall>> calls_
      ABSL_GUARDED_BY(mutex_);
  std::unordered_map<const SubscribeCall*, std::int64_t> key_of_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<std::int64_t, std::size_t> of_key_ ABSL_GUARDED_BY(mutex_);
  // A call is in it once at most.
  std::deque<std::shared_ptr<SubscribeCall>> work_ ABSL_GUARDED_BY(mutex_);

  std::vector<std::jthread> workers_;
  std::jthread ticks_;
};

}  // namespace millrace::query
