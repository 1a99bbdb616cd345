// SPDX-License-Identifier: Apache-2.0
//
// The body of a streaming answer of the Connect protocol: each message of the call behind it as an
// envelope, as soon as it comes, and read only when the client took the one before.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "gateway/connect_protocol.h"
#include "gateway/open_streams.h"
#include "gateway/rpc_methods.h"
#include "lib/concurrency/mutex.h"
#include "lib/http/message.h"
#include "lib/rpc/generic_call.h"

namespace millrace::gateway {

// Safe to use from any thread.
class ConnectStream final : public http::BodySource,
                            public OpenStream,
                            public std::enable_shared_from_this<ConnectStream> {
 public:
  // Told once how the stream ended.
  using Ended = std::function<void(absl::StatusCode)>;

  ConnectStream(std::unique_ptr<rpc::MessageStream> messages,
                const google::protobuf::Descriptor& type, Codec codec, Ended ended);
  ~ConnectStream() override;
  ConnectStream(const ConnectStream&) = delete;
  ConnectStream& operator=(const ConnectStream&) = delete;

  void next(Next done) override;
  void cancel() override;
  void end(const absl::Status& status) override;

 private:
  void take(absl::StatusOr<std::optional<std::string>> message);
  // The envelope of a message, or the last one.
  absl::StatusOr<std::string> encoded(const std::string& message) const;
  void tell_end(const absl::Status& status, const rpc::Metadata& trailers);

  const std::unique_ptr<rpc::MessageStream> messages_;
  const google::protobuf::Descriptor& type_;
  const Codec codec_;
  const Ended ended_;

  concurrency::Mutex mutex_;
  Next done_ ABSL_GUARDED_BY(mutex_);
  bool over_ ABSL_GUARDED_BY(mutex_) = false;  // ended_ was told
  // The last envelope, until it is taken.
  std::optional<std::string> last_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace::gateway
