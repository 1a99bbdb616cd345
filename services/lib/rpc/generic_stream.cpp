// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/generic_stream.h"

#include <utility>

#include "lib/rpc/generic_wire.h"

namespace millrace::rpc {
namespace {

void tell(const MessageStream::Next& done, const absl::Status& ended) {
  if (ended.ok()) return done(std::optional<std::string>());
  done(ended);
}

}  // namespace

GenericStream::GenericStream(std::shared_ptr<GenericCallsAtWork> calls,
                             const GenericRequest& request)
    : calls_(std::move(calls)), method_(request.method), request_(to_buffer(request.message)) {
  prepare(context_, request);
}

void GenericStream::start() {
  calls_->stub().PrepareBidiStreamingCall(&context_, method_, grpc::StubOptions(), this);
  AddHold();
  StartWriteLast(&request_, grpc::WriteOptions());
  StartCall();
  bool release = false;
  {
    concurrency::MutexLock lock(mutex_);
    started_ = true;
    release = cancelled_ && std::exchange(holds_, false);
  }
  if (release) RemoveHold();
}

void GenericStream::next(MessageStream::Next done) {
  std::optional<absl::Status> ended;
  {
    concurrency::MutexLock lock(mutex_);
    if (ended_) {
      ended = *ended_;
    } else {
      done_ = std::move(done);
      // A cancelled call only waits for its OnDone.
      if (!holds_) return;
      reading_ = true;
    }
  }
  if (ended) return tell(done, *ended);
  StartRead(&incoming_);
}

void GenericStream::cancel() {
  bool release = false;
  {
    concurrency::MutexLock lock(mutex_);
    if (ended_) return;
    cancelled_ = true;
    release = started_ && !reading_ && std::exchange(holds_, false);
  }
  context_.TryCancel();
  if (release) RemoveHold();
}

Metadata GenericStream::trailers() {
  concurrency::MutexLock lock(mutex_);
  return trailers_;
}

void GenericStream::OnReadDone(bool ok) {
  MessageStream::Next done;
  bool release = false;
  std::string message;
  {
    concurrency::MutexLock lock(mutex_);
    reading_ = false;
    if (ok && !cancelled_) {
      done = std::exchange(done_, nullptr);
      message = to_bytes(incoming_);
      incoming_.Clear();
    } else {
      release = std::exchange(holds_, false);
    }
  }
  if (done) return done(std::optional<std::string>(std::move(message)));
  if (release) RemoveHold();
}

void GenericStream::OnDone(const grpc::Status& status) {
  const std::shared_ptr<GenericCallsAtWork> calls = calls_;
  const Metadata trailers = trailers_of(context_);
  const absl::Status ended = calls->status_of(status, trailers);
  MessageStream::Next done;
  {
    concurrency::MutexLock lock(mutex_);
    ended_ = ended;
    trailers_ = trailers;
    done = std::exchange(done_, nullptr);
  }
  if (done) tell(done, ended);
  calls->leave(this);
}

}  // namespace millrace::rpc
