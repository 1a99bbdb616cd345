// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/generic_calls_at_work.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/error/retry_after.h"
#include "lib/rpc/generic_wire.h"
#include "lib/rpc/server.h"

namespace millrace::rpc {
namespace {

constexpr std::chrono::seconds kStopWait{5};
// Calls that are refused because too many are at work may come again soon.
constexpr std::chrono::milliseconds kFullPause{500};

struct KeptChannels {
  concurrency::Mutex mutex;
  std::vector<std::shared_ptr<grpc::Channel>> channels ABSL_GUARDED_BY(mutex);
};

// The channels of a process that runs calls with callbacks share gRPC's threads for them, and the
// last one to go takes those down. With gRPC 1.51 that ends the process once in a thousand times
// (grpc_cq_internal_unref finds one reference too few). So they stay to the end of the process,
// which has one for each server it calls.
void keep(const std::shared_ptr<grpc::Channel>& channel) {
  static auto* const kept = new KeptChannels;
  concurrency::MutexLock lock(kept->mutex);
  kept->channels.push_back(channel);
}

}  // namespace

GenericCallsAtWork::GenericCallsAtWork(const ChannelOptions& options, CalledServer server,
                                       GenericLimits limits, process::Platform& platform)
    : address_(options.address),
      server_(std::move(server)),
      limits_(limits),
      platform_(platform),
      grpc_log_(platform.log),
      channel_(options),
      stub_(channel_.grpc()) {
  keep(channel_.grpc());
}

absl::Status GenericCallsAtWork::enter(const std::shared_ptr<GenericCallAtWork>& call) {
  const bool is_stream = call->is_stream();
  concurrency::MutexLock lock(mutex_);
  if (stopping_) return absl::UnavailableError("the gateway is stopping; try again");
  std::size_t& at_work = is_stream ? streams_ : calls_;
  const std::size_t most = is_stream ? limits_.streams : limits_.calls;
  if (at_work >= most) {
    return error::with_retry_after(absl::ResourceExhaustedError(fmt::format(
                                       "cannot begin another {}: {} of them are at work; try again",
                                       is_stream ? "stream" : "call", at_work)),
                                   kFullPause);
  }
  ++at_work;
  running_.emplace(call.get(), call);
  return absl::OkStatus();
}

void GenericCallsAtWork::leave(const GenericCallAtWork* call) {
  std::shared_ptr<GenericCallAtWork> left;  // goes without the lock
  concurrency::MutexLock lock(mutex_);
  const auto found = running_.find(call);
  left = std::move(found->second);
  running_.erase(found);
  --(left->is_stream() ? streams_ : calls_);
  if (running_.empty()) empty_.notify_all();
}

void GenericCallsAtWork::stop() {
  std::vector<std::shared_ptr<GenericCallAtWork>> running;
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

absl::Status GenericCallsAtWork::status_of(const grpc::Status& status, const Metadata& trailers) {
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

}  // namespace millrace::rpc
