// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/channel.h"

#include <fmt/format.h>
#include <grpc/support/time.h>

#include "lib/error/error.h"
#include "lib/rpc/server.h"

namespace millrace::rpc {
namespace {

std::shared_ptr<grpc::Channel> make_channel(const ChannelOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(options.max_message_bytes);
  // Long streams notice a server that vanished without a word.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  if (options.own_connection) arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(options.address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

Channel::Channel(ChannelOptions options)
    : options_(std::move(options)), channel_(make_channel(options_)) {}

void Channel::prepare(grpc::ClientContext& context) const {
  if (!options_.key.empty()) context.AddMetadata("authorization", "Bearer " + options_.key);
  if (options_.deadline.count() > 0) {
    context.set_deadline(
        gpr_time_add(gpr_now(GPR_CLOCK_REALTIME),
                     gpr_time_from_millis(options_.deadline.count(), GPR_TIMESPAN)));
  }
}

absl::Status Channel::status_of(const grpc::Status& status) const {
  const absl::Status plain = from_grpc(status);
  switch (plain.code()) {
    case absl::StatusCode::kUnavailable:
      return error::prefixed(fmt::format("cannot call {}", options_.address), plain);
    case absl::StatusCode::kDeadlineExceeded:
      return absl::DeadlineExceededError(fmt::format("cannot call {}: no answer within {} ms",
                                                     options_.address, options_.deadline.count()));
    case absl::StatusCode::kUnimplemented:
      return absl::UnimplementedError(
          fmt::format("cannot call {}: the server there does not offer this method; is it the "
                      "right service, and as new as this program?",
                      options_.address));
    default:
      return plain;
  }
}

}  // namespace millrace::rpc
