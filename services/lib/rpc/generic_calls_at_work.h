// SPDX-License-Identifier: Apache-2.0
//
// The generic calls of a process to one server: the connection, how many are at work, and their
// end. Internal to lib/rpc.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>

#include <absl/status/status.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include "lib/concurrency/mutex.h"
#include "lib/process/platform.h"
#include "lib/rpc/channel.h"
#include "lib/rpc/generic_call.h"
#include "lib/rpc/grpc_log.h"

namespace millrace::rpc {

class GenericCallAtWork {
 public:
  virtual ~GenericCallAtWork() = default;
  virtual bool is_stream() const = 0;
  virtual void cancel() = 0;
};

// Lives as long as the last of its calls; keeps each alive from enter() to leave(). Safe to use
// from any thread.
class GenericCallsAtWork {
 public:
  GenericCallsAtWork(const ChannelOptions& options, CalledServer server, GenericLimits limits,
                     process::Platform& platform);

  grpc::GenericStub& stub() { return stub_; }

  // kResourceExhausted: as many are at work as may be. kUnavailable: after stop().
  absl::Status enter(const std::shared_ptr<GenericCallAtWork>& call);
  // May destroy the call.
  void leave(const GenericCallAtWork* call);
  // As GenericCaller::stop().
  void stop();

  // A server that is reached says itself why it is unavailable.
  absl::Status status_of(const grpc::Status& status, const Metadata& trailers);

 private:
  const std::string address_;
  const CalledServer server_;
  const GenericLimits limits_;
  process::Platform& platform_;
  const GrpcLog grpc_log_;
  Channel channel_;
  grpc::GenericStub stub_;

  concurrency::Mutex mutex_;
  concurrency::CondVar empty_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::size_t calls_ ABSL_GUARDED_BY(mutex_) = 0;
  std::size_t streams_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unordered_map<const GenericCallAtWork*, std::shared_ptr<GenericCallAtWork>> running_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace::rpc
