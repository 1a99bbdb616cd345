// SPDX-License-Identifier: Apache-2.0
#include "cli/session.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <fmt/format.h>

#include "lib/error/error.h"

namespace millrace::cli {
namespace {

constexpr std::size_t kMaxKeyFileBytes = 4096;

absl::StatusOr<std::string> read_key(const std::string& path) {
  std::string text(kMaxKeyFileBytes + 1, '\0');
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {
    return absl::NotFoundError(
        fmt::format("cannot read the API key file {}: {}; see --key-file or MILLRACE_KEY_FILE",
                    path, std::strerror(errno)));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  const auto last = text.find_last_not_of(" \t\r\n");
  if (last == std::string::npos || text.size() > kMaxKeyFileBytes) {
    return absl::InvalidArgumentError(
        fmt::format("cannot use the API key file {}: it must hold one key and nothing else", path));
  }
  const auto first = text.find_first_not_of(" \t\r\n");
  return text.substr(first, last - first + 1);
}

}  // namespace

absl::StatusOr<std::string> Session::key() const {
  std::string key = options_.key;
  if (key.empty() && !options_.key_file.empty()) {
    MILLRACE_ASSIGN_OR_RETURN(key, read_key(options_.key_file));
  }
  // gRPC ends the program on metadata with other characters.
  for (const char c : key) {
    if (c < 0x21 || c > 0x7e) {
      return absl::InvalidArgumentError(
          "cannot use the API key: it has characters that no key has; give it as it was printed "
          "when it was made");
    }
  }
  return key;
}

absl::StatusOr<std::unique_ptr<rpc::Channel>> Session::connect(
    const std::string& address, std::chrono::milliseconds deadline) const {
  rpc::ChannelOptions channel{address, "", deadline};
  MILLRACE_ASSIGN_OR_RETURN(channel.key, key());
  auto credentials = rpc::channel_credentials(options_.tls);
  if (!credentials.ok()) {
    return absl::Status(credentials.status().code(),
                        error::message(credentials.status()) + "; see --tls-ca or MILLRACE_TLS_CA");
  }
  channel.credentials = *std::move(credentials);
  return std::make_unique<rpc::Channel>(std::move(channel));
}

absl::StatusOr<Session::Peer*> Session::registry() {
  if (registry_.channel == nullptr) {
    MILLRACE_ASSIGN_OR_RETURN(registry_.channel,
                              connect(options_.registry_address, options_.timeout));
    registry_stub_ = registry::v1::Registry::NewStub(registry_.channel->grpc());
  }
  return &registry_;
}

absl::StatusOr<Session::Peer*> Session::query(std::chrono::milliseconds deadline) {
  // A channel has one deadline, and streams have another than calls with one answer.
  if (query_.channel == nullptr || query_deadline_ != deadline) {
    MILLRACE_ASSIGN_OR_RETURN(query_.channel, connect(options_.query_address, deadline));
    query_deadline_ = deadline;
    query_stub_ = query::v1::Query::NewStub(query_.channel->grpc());
  }
  return &query_;
}

template <class Message>
absl::Status Session::stream(const Open<Message>& open,
                             const std::function<absl::Status(Message&)>& each) {
  const auto deadline = options_.timeout_given ? options_.timeout : std::chrono::milliseconds{0};
  MILLRACE_ASSIGN_OR_RETURN(Peer * peer, query(deadline));
  grpc::ClientContext context;
  peer->channel->prepare(context);
  const auto reader = open(*query_stub_, context);
  absl::Status status;
  Message message;
  while (status.ok() && reader->Read(&message)) status = each(message);
  if (!status.ok()) context.TryCancel();
  const grpc::Status finished = reader->Finish();
  if (!status.ok()) return status;
  return finished.ok() ? absl::OkStatus() : explain(*peer, finished);
}

absl::Status Session::stream_points(
    const query::v1::GetDataPointsRequest& request,
    const std::function<absl::Status(query::v1::DataPointsChunk&)>& each) {
  return stream<query::v1::DataPointsChunk>(
      [&](auto& stub, auto& context) { return stub.GetDataPoints(&context, request); }, each);
}

absl::Status Session::stream_windows(
    const query::v1::AggregateRequest& request,
    const std::function<absl::Status(query::v1::AggregateChunk&)>& each) {
  return stream<query::v1::AggregateChunk>(
      [&](auto& stub, auto& context) { return stub.Aggregate(&context, request); }, each);
}

absl::Status Session::stream_chart(
    const query::v1::GetChartRequest& request,
    const std::function<absl::Status(query::v1::ChartChunk&)>& each) {
  return stream<query::v1::ChartChunk>(
      [&](auto& stub, auto& context) { return stub.GetChart(&context, request); }, each);
}

absl::Status Session::stream_live(
    const query::v1::SubscribeRequest& request,
    const std::function<absl::Status(query::v1::SubscribeResponse&)>& each) {
  return stream<query::v1::SubscribeResponse>(
      [&](auto& stub, auto& context) { return stub.Subscribe(&context, request); }, each);
}

absl::Status Session::stream_trial(
    const query::v1::TrySeriesRulesRequest& request,
    const std::function<absl::Status(query::v1::TriedSample&)>& each) {
  return stream<query::v1::TriedSample>(
      [&](auto& stub, auto& context) { return stub.TrySeriesRules(&context, request); }, each);
}

absl::Status Session::explain(const Peer& peer, const grpc::Status& failure) const {
  const absl::Status status = peer.channel->status_of(failure);
  std::string hint;
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      hint = fmt::format("; is {} running and ready? {} says where it is", peer.name, peer.setting);
      hint += options_.tls.on() ? ". Over TLS its certificate must be for that host and lead to an "
                                  "authority of --tls-ca or of this system"
                                : ". Where it speaks TLS: --tls";
      break;
    case absl::StatusCode::kUnauthenticated:
      hint =
          "; give an API key with --key-file, --key, MILLRACE_KEY_FILE or MILLRACE_KEY (the "
          "registry writes the first one to its admin-key-file)";
      break;
    case absl::StatusCode::kNotFound:
      hint = "; app list, app-version list and endpoint list show what there is";
      break;
    case absl::StatusCode::kDeadlineExceeded:
      hint = "; allow more with --timeout";
      break;
    default:
      break;
  }
  return {status.code(), error::message(status) + hint};
}

}  // namespace millrace::cli
