// SPDX-License-Identifier: Apache-2.0
//
// A server-streaming call of generic_call.h, read only when the next message is asked for. Internal
// to lib/rpc.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <absl/status/status.h>
#include <grpcpp/grpcpp.h>

#include "lib/concurrency/mutex.h"
#include "lib/rpc/generic_call.h"
#include "lib/rpc/generic_calls_at_work.h"

namespace millrace::rpc {

// gRPC's hold lets reads begin outside its callbacks; it is given back when no read will follow,
// and only then does OnDone come. Safe to use from any thread.
class GenericStream final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                            public GenericCallAtWork {
 public:
  GenericStream(std::shared_ptr<GenericCallsAtWork> calls, const GenericRequest& request);

  // Once, when it has entered `calls`.
  void start();
  // As those of MessageStream.
  void next(MessageStream::Next done);
  Metadata trailers();

  bool is_stream() const override { return true; }
  void cancel() override;

 private:
  // Of gRPC.
  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  const std::shared_ptr<GenericCallsAtWork> calls_;
  const std::string method_;
  grpc::ClientContext context_;
  const grpc::ByteBuffer request_;
  grpc::ByteBuffer incoming_;  // of the read that is under way

  concurrency::Mutex mutex_;
  MessageStream::Next done_ ABSL_GUARDED_BY(mutex_);  // owed
  bool started_ ABSL_GUARDED_BY(mutex_) = false;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool holds_ ABSL_GUARDED_BY(mutex_) = true;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> ended_ ABSL_GUARDED_BY(mutex_);
  Metadata trailers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace::rpc
