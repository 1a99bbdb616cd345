// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/generic_call.h"

#include "lib/rpc/generic_calls_at_work.h"
#include "lib/rpc/generic_stream.h"
#include "lib/rpc/generic_wire.h"

namespace millrace::rpc {
namespace {

class UnaryCall final : public GenericCallAtWork {
 public:
  UnaryCall(std::shared_ptr<GenericCallsAtWork> calls, const GenericRequest& request,
            std::function<void(GenericAnswer)> done)
      : calls_(std::move(calls)),
        method_(request.method),
        request_(to_buffer(request.message)),
        done_(std::move(done)) {
    prepare(context_, request);
  }

  bool is_stream() const override { return false; }
  void cancel() override { context_.TryCancel(); }

  // The calls keep it alive until it has ended.
  void start() {
    calls_->stub().UnaryCall(&context_, method_, grpc::StubOptions(), &request_, &response_,
                             [this](const grpc::Status& status) { finish(status); });
  }

 private:
  void finish(const grpc::Status& status) {
    GenericAnswer answer;
    answer.trailers = trailers_of(context_);
    answer.status = calls_->status_of(status, answer.trailers);
    if (status.ok()) answer.message = to_bytes(response_);
    const std::shared_ptr<GenericCallsAtWork> calls = calls_;
    const std::function<void(GenericAnswer)> done = std::move(done_);
    done(std::move(answer));
    calls->leave(this);
  }

  const std::shared_ptr<GenericCallsAtWork> calls_;
  const std::string method_;
  grpc::ClientContext context_;
  const grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  std::function<void(GenericAnswer)> done_;
};

class RunningStream final : public MessageStream {
 public:
  explicit RunningStream(std::shared_ptr<GenericStream> call) : call_(std::move(call)) {}
  ~RunningStream() override { call_->cancel(); }
  RunningStream(const RunningStream&) = delete;
  RunningStream& operator=(const RunningStream&) = delete;

  void next(Next done) override { call_->next(std::move(done)); }
  void cancel() override { call_->cancel(); }
  Metadata trailers() const override { return call_->trailers(); }

 private:
  const std::shared_ptr<GenericStream> call_;
};

class RefusedStream final : public MessageStream {
 public:
  explicit RefusedStream(absl::Status why) : why_(std::move(why)) {}
  void next(Next done) override { done(why_); }
  void cancel() override {}
  Metadata trailers() const override { return {}; }

 private:
  const absl::Status why_;
};

class ChannelCaller final : public GenericCaller {
 public:
  explicit ChannelCaller(std::shared_ptr<GenericCallsAtWork> calls) : calls_(std::move(calls)) {}
  ~ChannelCaller() override { calls_->stop(); }
  ChannelCaller(const ChannelCaller&) = delete;
  ChannelCaller& operator=(const ChannelCaller&) = delete;

  void unary(GenericRequest request, std::function<void(GenericAnswer)> done) override {
    absl::Status status = check_metadata(request.metadata);
    if (!status.ok()) return done({std::move(status), {}});
    const auto call = std::make_shared<UnaryCall>(calls_, request, done);
    status = calls_->enter(call);
    if (!status.ok()) return done({std::move(status), {}});
    call->start();
  }

  std::unique_ptr<MessageStream> stream(GenericRequest request) override {
    absl::Status status = check_metadata(request.metadata);
    if (!status.ok()) return std::make_unique<RefusedStream>(std::move(status));
    auto call = std::make_shared<GenericStream>(calls_, request);
    status = calls_->enter(call);
    if (!status.ok()) return std::make_unique<RefusedStream>(std::move(status));
    call->start();
    return std::make_unique<RunningStream>(std::move(call));
  }

  void stop() override { calls_->stop(); }

 private:
  const std::shared_ptr<GenericCallsAtWork> calls_;
};

}  // namespace

std::unique_ptr<GenericCaller> make_generic_caller(const ChannelOptions& options,
                                                   CalledServer server, GenericLimits limits,
                                                   process::Platform& platform) {
  return std::make_unique<ChannelCaller>(
      std::make_shared<GenericCallsAtWork>(options, std::move(server), limits, platform));
}

}  // namespace millrace::rpc
