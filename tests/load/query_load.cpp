// SPDX-License-Identifier: Apache-2.0
//
// Asks query over gRPC, each client on a connection of its own, and prints one JSON line. Questions
// are requests of query.proto in protobuf's JSON form.
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <google/protobuf/util/json_util.h>

#include "clients.h"
#include "lib/error/error.h"
#include "lib/rpc/channel.h"

#include "millrace/query/v1/query.grpc.pb.h"

namespace {

namespace v1 = millrace::query::v1;
using millrace::rpc::Channel;

[[noreturn]] void fail(std::string_view what) {
  std::cerr << "query_load: " << what << "\n";
  std::exit(1);
}

// Asks with one request and counts what comes.
class Client {
 public:
  explicit Client(const millrace::rpc::ChannelOptions& options)
      : channel_(options), stub_(v1::Query::NewStub(channel_.grpc())) {}

  std::int64_t ask(const v1::GetDataPointsRequest& request) {
    return stream<v1::DataPointsChunk>(
        [&](grpc::ClientContext& context) { return stub_->GetDataPoints(&context, request); },
        [](const v1::DataPointsChunk& chunk) { return chunk.timestamps_us_size(); });
  }
  std::int64_t ask(const v1::AggregateRequest& request) {
    return stream<v1::AggregateChunk>(
        [&](grpc::ClientContext& context) { return stub_->Aggregate(&context, request); },
        [](const v1::AggregateChunk& chunk) { return chunk.window_starts_us_size(); });
  }
  std::int64_t ask(const v1::GetChartRequest& request) {
    return stream<v1::ChartChunk>(
        [&](grpc::ClientContext& context) { return stub_->GetChart(&context, request); },
        [](const v1::ChartChunk& chunk) { return chunk.timestamps_us_size(); });
  }
  std::int64_t ask(const v1::GetLastDataPointsRequest& request) {
    grpc::ClientContext context;
    channel_.prepare(context);
    v1::GetLastDataPointsResponse response;
    check(stub_->GetLastDataPoints(&context, request, &response));
    return response.data_points_size();
  }

 private:
  template <typename Chunk, typename Open, typename Count>
  std::int64_t stream(const Open& open, const Count& count) {
    grpc::ClientContext context;
    channel_.prepare(context);
    const auto reader = open(context);
    std::int64_t rows = 0;
    for (Chunk chunk; reader->Read(&chunk);) rows += count(chunk);
    check(reader->Finish());
    return rows;
  }
  void check(const grpc::Status& status) const {
    if (!status.ok()) fail(millrace::error::message(channel_.status_of(status)));
  }

  Channel channel_;
  std::unique_ptr<v1::Query::Stub> stub_;
};

struct Options {
  std::string method;
  std::string question;
  std::string request;
  millrace::rpc::ChannelOptions channel;
  millrace::load::ClientOptions clients;
};

template <typename Request>
void run(const Options& options) {
  Request request;
  const auto parsed = google::protobuf::util::JsonStringToMessage(options.request, &request);
  if (!parsed.ok()) fail("cannot read --request: " + std::string(parsed.message()));
  millrace::load::Clients clients(options.clients);
  clients.run([&]() -> millrace::load::Ask {
    return [&request, client = std::make_shared<Client>(options.channel)] {
      return client->ask(request);
    };
  });
  clients.print("query_load", options.question);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  options.channel.own_connection = true;
  options.channel.deadline = std::chrono::minutes{5};
  CLI::App app("A question to query, again and again");
  app.add_option("--address", options.channel.address, "Host and port.")->required();
  app.add_option("--key", options.channel.key, "API key.")->required();
  app.add_option("--method", options.method, "Of query.proto.")->required();
  app.add_option("--request", options.request, "As JSON.")->required();
  app.add_option("--question", options.question, "Its name.")->required();
  app.add_option("--clients", options.clients.clients)->check(CLI::Range(1, 200));
  app.add_option("--seconds", options.clients.seconds)->check(CLI::Range(0.1, 600.0));
  CLI11_PARSE(app, argc, argv);

  if (options.method == "GetDataPoints") {
    run<v1::GetDataPointsRequest>(options);
  } else if (options.method == "Aggregate") {
    run<v1::AggregateRequest>(options);
  } else if (options.method == "GetChart") {
    run<v1::GetChartRequest>(options);
  } else if (options.method == "GetLastDataPoints") {
    run<v1::GetLastDataPointsRequest>(options);
  } else {
    fail("cannot ask " + options.method +
         ": this program knows GetDataPoints, Aggregate, GetChart "
         "and GetLastDataPoints");
  }
  return 0;
}
