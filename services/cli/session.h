// SPDX-License-Identifier: Apache-2.0
//
// Where the services are, with which key they are asked, and what a failed call means for the
// person at the terminal.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <absl/status/statusor.h>
#include <grpcpp/grpcpp.h>

#include "lib/rpc/channel.h"

#include "millrace/query/v1/query.grpc.pb.h"
#include "millrace/registry/v1/registry.grpc.pb.h"

namespace millrace::cli {

// The global options. Addresses have their defaults here: those of a deployment on this machine.
struct SessionOptions {
  std::string registry_address = "localhost:50052";
  std::string query_address = "localhost:50051";
  std::string http_url = "http://localhost:8080";
  std::string mqtt_address = "localhost:1883";
  rpc::ChannelTls tls;  // of gRPC
  std::string key;
  std::string key_file;
  std::chrono::milliseconds timeout{30'000};
  // Whether --timeout was given: streams have no deadline otherwise.
  bool timeout_given = false;
};

// Connects at the first call. Failures come back as sentences that end in what to do.
class Session {
 public:
  explicit Session(SessionOptions options) : options_(std::move(options)) {}

  const SessionOptions& options() const { return options_; }

  template <class Response>
  using RegistryCall =
      std::function<grpc::Status(registry::v1::Registry::Stub&, grpc::ClientContext&, Response&)>;
  template <class Response>
  absl::StatusOr<Response> ask_registry(const RegistryCall<Response>& call);

  template <class Response>
  using QueryCall =
      std::function<grpc::Status(query::v1::Query::Stub&, grpc::ClientContext&, Response&)>;
  template <class Response>
  absl::StatusOr<Response> ask_query(const QueryCall<Response>& call);

  // Streams; `each` takes the messages and may end it by a failure, which is returned.
  absl::Status stream_points(const query::v1::GetDataPointsRequest& request,
                             const std::function<absl::Status(query::v1::DataPointsChunk&)>& each);
  absl::Status stream_windows(const query::v1::AggregateRequest& request,
                              const std::function<absl::Status(query::v1::AggregateChunk&)>& each);
  absl::Status stream_chart(const query::v1::GetChartRequest& request,
                            const std::function<absl::Status(query::v1::ChartChunk&)>& each);
  absl::Status stream_live(const query::v1::SubscribeRequest& request,
                           const std::function<absl::Status(query::v1::SubscribeResponse&)>& each);
  absl::Status stream_trial(const query::v1::TrySeriesRulesRequest& request,
                            const std::function<absl::Status(query::v1::TriedSample&)>& each);

 private:
  template <class Message>
  using Open = std::function<std::unique_ptr<grpc::ClientReader<Message>>(query::v1::Query::Stub&,
                                                                          grpc::ClientContext&)>;
  template <class Message>
  absl::Status stream(const Open<Message>& open, const std::function<absl::Status(Message&)>& each);

  struct Peer {
    std::string name;
    std::string setting;  // the option that says where it is
    std::unique_ptr<rpc::Channel> channel;
  };

  absl::StatusOr<std::string> key() const;
  absl::StatusOr<std::unique_ptr<rpc::Channel>> connect(const std::string& address,
                                                        std::chrono::milliseconds deadline) const;
  absl::StatusOr<Peer*> registry();
  absl::StatusOr<Peer*> query(std::chrono::milliseconds deadline);
  absl::Status explain(const Peer& peer, const grpc::Status& status) const;

  const SessionOptions options_;
  Peer registry_{"the registry", "--registry-address or MILLRACE_REGISTRY_ADDRESS", nullptr};
  Peer query_{"query", "--query-address or MILLRACE_QUERY_ADDRESS", nullptr};
  std::chrono::milliseconds query_deadline_{0};
  std::unique_ptr<registry::v1::Registry::Stub> registry_stub_;
  std::unique_ptr<query::v1::Query::Stub> query_stub_;
};

template <class Response>
absl::StatusOr<Response> Session::ask_registry(const RegistryCall<Response>& call) {
  const absl::StatusOr<Peer*> peer = registry();
  if (!peer.ok()) return peer.status();
  grpc::ClientContext context;
  (*peer)->channel->prepare(context);
  Response response;
  const grpc::Status status = call(*registry_stub_, context, response);
  if (!status.ok()) return explain(**peer, status);
  return response;
}

template <class Response>
absl::StatusOr<Response> Session::ask_query(const QueryCall<Response>& call) {
  const absl::StatusOr<Peer*> peer = query(options_.timeout);
  if (!peer.ok()) return peer.status();
  grpc::ClientContext context;
  (*peer)->channel->prepare(context);
  Response response;
  const grpc::Status status = call(*query_stub_, context, response);
  if (!status.ok()) return explain(**peer, status);
  return response;
}

}  // namespace millrace::cli
