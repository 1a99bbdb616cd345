// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/generic_call.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>
#include <grpc/support/time.h>
#include <grpcpp/generic/generic_stub.h>

#include "lib/concurrency/mutex.h"
#include "lib/error/error.h"
#include "lib/error/retry_after.h"
#include "lib/rpc/grpc_log.h"
#include "lib/rpc/server.h"

namespace millrace::rpc {
namespace {

constexpr std::chrono::seconds kStopWait{5};
// Calls that are refused because too many are at work may come again soon.
constexpr std::chrono::milliseconds kFullPause{500};
constexpr std::string_view kPushback = "grpc-retry-pushback-ms";

grpc::ByteBuffer to_buffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

std::string to_bytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  bytes.reserve(buffer.Length());
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

// gRPC ends the process when it is given what cannot be sent.
absl::Status check_metadata(const Metadata& metadata) {
  for (const auto& [name, value] : metadata) {
    const bool printable =
        std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (!printable) {
      return absl::InvalidArgumentError(
          fmt::format("cannot send {}: it may hold printable ASCII characters only", name));
    }
  }
  return absl::OkStatus();
}

void prepare(grpc::ClientContext& context, const GenericRequest& request) {
  for (const auto& [name, value] : request.metadata) context.AddMetadata(name, value);
  if (request.timeout.count() > 0) {
    context.set_deadline(gpr_time_add(gpr_now(GPR_CLOCK_REALTIME),
                                      gpr_time_from_millis(request.timeout.count(), GPR_TIMESPAN)));
  }
}

Metadata trailers_of(const grpc::ClientContext& context) {
  Metadata trailers;
  for (const auto& [name, value] : context.GetServerTrailingMetadata()) {
    const std::string_view key(name.data(), name.size());
    if (key.ends_with("-bin") || key == "grpc-status" || key == "grpc-message") continue;
    trailers.emplace_back(key, std::string(value.data(), value.size()));
  }
  return trailers;
}

absl::Status with_pushback(const absl::Status& status, const Metadata& trailers) {
  for (const auto& [name, value] : trailers) {
    std::int64_t wait = 0;
    const char* const end = value.data() + value.size();
    if (name == kPushback && std::from_chars(value.data(), end, wait).ptr == end && wait >= 0) {
      return error::with_retry_after(status, std::chrono::milliseconds{wait});
    }
  }
  return status;
}

class Call {
 public:
  virtual ~Call() = default;
  virtual void cancel() = 0;
};

// What all calls share; lives as long as the last of them.
class Shared {
 public:
  Shared(const ChannelOptions& options, CalledServer server, GenericLimits limits,
         process::Platform& platform)
      : address_(options.address),
        server_(std::move(server)),
        limits_(limits),
        platform_(platform),
        grpc_log_(platform.log),
        channel_(options),
        stub_(channel_.grpc()) {}

  grpc::GenericStub& stub() { return stub_; }

  absl::Status enter(const std::shared_ptr<Call>& call, bool is_stream) {
    concurrency::MutexLock lock(mutex_);
    if (stopping_) return absl::UnavailableError("the gateway is stopping; try again");
    std::size_t& at_work = is_stream ? streams_ : calls_;
    const std::size_t most = is_stream ? limits_.streams : limits_.calls;
    if (at_work >= most) {
      return error::with_retry_after(
          absl::ResourceExhaustedError(
              fmt::format("cannot begin another {}: {} of them are at work; try again",
                          is_stream ? "stream" : "call", at_work)),
          kFullPause);
    }
    ++at_work;
    running_.emplace(call.get(), call);
    return absl::OkStatus();
  }

  // May destroy the call.
  void leave(const Call* call, bool is_stream) {
    std::shared_ptr<Call> left;  // goes without the lock
    concurrency::MutexLock lock(mutex_);
    --(is_stream ? streams_ : calls_);
    const auto found = running_.find(call);
    left = std::move(found->second);
    running_.erase(found);
    if (running_.empty()) empty_.notify_all();
  }

  void stop() {
    std::vector<std::shared_ptr<Call>> running;
    {
      concurrency::MutexLock lock(mutex_);
      stopping_ = true;
      for (const auto& [key, call] : running_) running.push_back(call);
    }
    for (const auto& call : running) call->cancel();
    const time::Instant deadline = platform_.clock.instant() + kStopWait;
    concurrency::MutexLock lock(mutex_);
    while (!running_.empty() && platform_.clock.instant() < deadline) {
      empty_.wait_for(mutex_, std::chrono::milliseconds{100});
    }
  }

  // A server that is reached says itself why it is unavailable.
  absl::Status status_of(const grpc::Status& status, const Metadata& trailers) {
    const absl::Status plain = from_grpc(status);
    if (plain.code() != absl::StatusCode::kUnavailable ||
        channel_.grpc()->GetState(false) == GRPC_CHANNEL_READY) {
      return with_pushback(plain, trailers);
    }
    platform_.log.warning_limited(
        "cannot reach a server",
        {{"server", server_.name}, {"address", address_}, {"error", error::message(plain)}});
    return absl::UnavailableError(
        fmt::format("cannot reach {0}; try again. If it stays so, see that millrace-{0} runs and "
                    "that the gateway's setting {1} says where",
                    server_.name, server_.address_setting));
  }

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
  std::unordered_map<const Call*, std::shared_ptr<Call>> running_ ABSL_GUARDED_BY(mutex_);
};

class UnaryCall final : public Call {
 public:
  UnaryCall(std::shared_ptr<Shared> shared, const GenericRequest& request,
            std::function<void(GenericAnswer)> done)
      : shared_(std::move(shared)),
        method_(request.method),
        request_(to_buffer(request.message)),
        done_(std::move(done)) {
    prepare(context_, request);
  }

  void cancel() override { context_.TryCancel(); }

  // Shared keeps the call alive until it has ended.
  void start() {
    shared_->stub().UnaryCall(&context_, method_, grpc::StubOptions(), &request_, &response_,
                              [this](const grpc::Status& status) { finish(status); });
  }

 private:
  void finish(const grpc::Status& status) {
    GenericAnswer answer;
    answer.trailers = trailers_of(context_);
    answer.status = shared_->status_of(status, answer.trailers);
    if (status.ok()) answer.message = to_bytes(response_);
    const std::shared_ptr<Shared> shared = shared_;
    const std::function<void(GenericAnswer)> done = std::move(done_);
    done(std::move(answer));
    shared->leave(this, false);
  }

  const std::shared_ptr<Shared> shared_;
  const std::string method_;
  grpc::ClientContext context_;
  const grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  std::function<void(GenericAnswer)> done_;
};

// gRPC's hold lets reads begin outside its callbacks; it is given back when no read will follow,
// and only then does OnDone come.
class StreamCall final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                         public Call {
 public:
  StreamCall(std::shared_ptr<Shared> shared, const GenericRequest& request)
      : shared_(std::move(shared)), method_(request.method), request_(to_buffer(request.message)) {
    prepare(context_, request);
  }

  void start() {
    shared_->stub().PrepareBidiStreamingCall(&context_, method_, grpc::StubOptions(), this);
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

  void next(MessageStream::Next done) {
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

  void cancel() override {
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

  Metadata trailers() {
    concurrency::MutexLock lock(mutex_);
    return trailers_;
  }

 private:
  void OnReadDone(bool ok) override {
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

  void OnDone(const grpc::Status& status) override {
    const std::shared_ptr<Shared> shared = shared_;
    const Metadata trailers = trailers_of(context_);
    const absl::Status ended = shared->status_of(status, trailers);
    MessageStream::Next done;
    {
      concurrency::MutexLock lock(mutex_);
      ended_ = ended;
      trailers_ = trailers;
      done = std::exchange(done_, nullptr);
    }
    if (done) tell(done, ended);
    shared->leave(this, true);
  }

  static void tell(const MessageStream::Next& done, const absl::Status& ended) {
    if (ended.ok()) return done(std::optional<std::string>());
    done(ended);
  }

  const std::shared_ptr<Shared> shared_;
  const std::string method_;
  grpc::ClientContext context_;
  const grpc::ByteBuffer request_;
  grpc::ByteBuffer incoming_;  // of the read that is under way

  concurrency::Mutex mutex_;
  MessageStream::Next done_ ABSL_GUARDED_BY(mutex_);
  bool started_ ABSL_GUARDED_BY(mutex_) = false;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool holds_ ABSL_GUARDED_BY(mutex_) = true;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> ended_ ABSL_GUARDED_BY(mutex_);
  Metadata trailers_ ABSL_GUARDED_BY(mutex_);
};

class RunningStream final : public MessageStream {
 public:
  explicit RunningStream(std::shared_ptr<StreamCall> call) : call_(std::move(call)) {}
  ~RunningStream() override { call_->cancel(); }
  RunningStream(const RunningStream&) = delete;
  RunningStream& operator=(const RunningStream&) = delete;

  void next(Next done) override { call_->next(std::move(done)); }
  void cancel() override { call_->cancel(); }
  Metadata trailers() const override { return call_->trailers(); }

 private:
  const std::shared_ptr<StreamCall> call_;
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
  explicit ChannelCaller(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  ~ChannelCaller() override { shared_->stop(); }
  ChannelCaller(const ChannelCaller&) = delete;
  ChannelCaller& operator=(const ChannelCaller&) = delete;

  void unary(GenericRequest request, std::function<void(GenericAnswer)> done) override {
    absl::Status status = check_metadata(request.metadata);
    if (!status.ok()) return done({std::move(status), {}});
    const auto call = std::make_shared<UnaryCall>(shared_, request, done);
    status = shared_->enter(call, false);
    if (!status.ok()) return done({std::move(status), {}});
    call->start();
  }

  std::unique_ptr<MessageStream> stream(GenericRequest request) override {
    absl::Status status = check_metadata(request.metadata);
    if (!status.ok()) return std::make_unique<RefusedStream>(std::move(status));
    auto call = std::make_shared<StreamCall>(shared_, request);
    status = shared_->enter(call, true);
    if (!status.ok()) return std::make_unique<RefusedStream>(std::move(status));
    call->start();
    return std::make_unique<RunningStream>(std::move(call));
  }

  void stop() override { shared_->stop(); }

 private:
  const std::shared_ptr<Shared> shared_;
};

}  // namespace

std::unique_ptr<GenericCaller> make_generic_caller(const ChannelOptions& options,
                                                   CalledServer server, GenericLimits limits,
                                                   process::Platform& platform) {
  return std::make_unique<ChannelCaller>(
      std::make_shared<Shared>(options, std::move(server), limits, platform));
}

}  // namespace millrace::rpc
