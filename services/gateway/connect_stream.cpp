// SPDX-License-Identifier: Apache-2.0
#include "gateway/connect_stream.h"

#include <utility>

namespace millrace::gateway {

ConnectStream::ConnectStream(std::unique_ptr<rpc::MessageStream> messages,
                             const google::protobuf::Descriptor& type, Codec codec, Ended ended)
    : messages_(std::move(messages)), type_(type), codec_(codec), ended_(std::move(ended)) {}

// Nobody asked for its end: the answer could not even begin.
ConnectStream::~ConnectStream() {
  if (!over_) ended_(absl::StatusCode::kCancelled);
}

void ConnectStream::next(Next done) {
  std::optional<std::string> last;
  bool over = false;
  {
    concurrency::MutexLock lock(mutex_);
    over = over_;
    if (over) {
      last = std::exchange(last_, std::nullopt);
    } else {
      done_ = std::move(done);
    }
  }
  if (over) return done(std::move(last));
  messages_->next([self = shared_from_this()](absl::StatusOr<std::optional<std::string>> message) {
    self->take(std::move(message));
  });
}

void ConnectStream::take(absl::StatusOr<std::optional<std::string>> message) {
  if (!message.ok()) return tell_end(message.status(), messages_->trailers());
  if (!message->has_value()) return tell_end(absl::OkStatus(), messages_->trailers());
  absl::StatusOr<std::string> piece = encoded(**message);
  if (!piece.ok()) {
    messages_->cancel();
    return tell_end(piece.status(), {});
  }
  Next done;
  {
    concurrency::MutexLock lock(mutex_);
    if (over_) return;
    done = std::exchange(done_, nullptr);
  }
  if (done) done(std::optional<std::string>(*std::move(piece)));
}

absl::StatusOr<std::string> ConnectStream::encoded(const std::string& message) const {
  if (codec_ == Codec::kProto) return envelope(message);
  absl::StatusOr<std::string> json = message_to_json(type_, message);
  if (!json.ok()) return json.status();
  return envelope(*json);
}

void ConnectStream::tell_end(const absl::Status& status, const rpc::Metadata& trailers) {
  Next done;
  std::string last = end_of_stream(status, trailers);
  {
    concurrency::MutexLock lock(mutex_);
    if (std::exchange(over_, true)) return;
    done = std::exchange(done_, nullptr);
    if (!done) last_ = std::move(last);
  }
  ended_(status.code());
  if (done) done(std::optional<std::string>(std::move(last)));
}

void ConnectStream::end(const absl::Status& status) {
  tell_end(status, {});
  messages_->cancel();
}

void ConnectStream::cancel() {
  messages_->cancel();
  {
    concurrency::MutexLock lock(mutex_);
    if (std::exchange(over_, true)) return;
    done_ = nullptr;
  }
  ended_(absl::StatusCode::kCancelled);
}

}  // namespace millrace::gateway
