// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/channel.h"

#include <fmt/format.h>
#include <grpc/support/time.h>

#include "lib/error/error.h"
#include "lib/rpc/server.h"
#include "lib/tls/pem.h"

namespace millrace::rpc {
namespace {

std::shared_ptr<grpc::Channel> make_channel(const ChannelOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(options.max_message_bytes);
  // Long streams notice a server that vanished without a word.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  // gRPC would wait up to two minutes before it looks for a server that is back.
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  if (options.own_connection) arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto credentials =
      options.credentials != nullptr ? options.credentials : grpc::InsecureChannelCredentials();
  return grpc::CreateCustomChannel(options.address, credentials, arguments);
}

}  // namespace

void declare(config::SettingsTable& table, ChannelTls& tls) {
  table.boolean("grpc-tls", &tls.enabled,
                "Whether query and registry are called over TLS; tls-ca turns it on too.");
  table.optional_text("tls-ca", &tls.authorities,
                      "PEM file of the authorities that certificates of query and registry must "
                      "lead to; empty: the system's.");
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> channel_credentials(
    const ChannelTls& tls) {
  if (!tls.on()) return nullptr;
  grpc::SslCredentialsOptions options;
  if (!tls.authorities.empty()) {
    MILLRACE_ASSIGN_OR_RETURN(options.pem_root_certs, tls::read_authorities(tls.authorities));
  }
  return grpc::SslCredentials(options);
}

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
      return error::prefixed(fmt::format("cannot call {}{}", options_.address,
                                         options_.credentials != nullptr ? " over TLS" : ""),
                             plain);
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
