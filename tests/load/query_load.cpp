// SPDX-License-Identifier: Apache-2.0
//
// Several clients, each on a connection of its own, ask the same question again and again: query
// over gRPC, with a request of query.proto in protobuf's JSON form, or, as the ceiling beneath it,
// PostgreSQL with a statement, whose answer libpq gets in binary form and throws away. Prints one
// JSON line.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include "lib/error/error.h"
#include "lib/postgres/connection.h"
#include "lib/rpc/channel.h"

#include "millrace/query/v1/query.grpc.pb.h"

namespace {

namespace v1 = millrace::query::v1;
using millrace::postgres::Connection;
using millrace::rpc::Channel;

struct ClientOptions {
  int clients = 1;
  double seconds = 5;
  int warm_up = 2;  // questions of each client that do not count
};

// One client: asks once, and returns how many rows or points came. Made and used on its thread.
using Ask = std::function<std::int64_t()>;

class Clients {
 public:
  explicit Clients(const ClientOptions& options)
      : options_(options), answers_(static_cast<std::size_t>(options.clients)) {}

  void run(const std::function<Ask()>& make_client) {
    std::vector<std::jthread> threads;
    for (Answers& answers : answers_) {
      threads.emplace_back([&] { run_one(make_client(), answers); });
    }
  }

  void print(std::string_view program, std::string_view question) const {
    std::vector<double> milliseconds;
    std::int64_t rows = 0;
    double rate = 0;
    for (const Answers& answers : answers_) {
      milliseconds.insert(milliseconds.end(), answers.milliseconds.begin(),
                          answers.milliseconds.end());
      rows = answers.rows;
      rate += static_cast<double>(answers.milliseconds.size()) / answers.seconds;
    }
    std::sort(milliseconds.begin(), milliseconds.end());
    fmt::print(
        "{{\"program\":\"{}\",\"question\":\"{}\",\"clients\":{},\"requests\":{},"
        "\"requests_per_second\":{:.3f},\"p50_ms\":{:.3f},\"p99_ms\":{:.3f},\"rows\":{}}}\n",
        program, question, options_.clients, milliseconds.size(), rate, at(milliseconds, 0.5),
        at(milliseconds, 0.99), rows);
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct Answers {
    std::vector<double> milliseconds;
    std::int64_t rows = 0;
    double seconds = 0;
  };

  void run_one(const Ask& ask, Answers& answers) const {
    for (int i = 0; i < options_.warm_up; ++i) ask();
    const Clock::time_point begin = Clock::now();
    do {
      const Clock::time_point asked = Clock::now();
      answers.rows = ask();
      answers.milliseconds.push_back(seconds_since(asked) * 1000);
      answers.seconds = seconds_since(begin);
    } while (answers.seconds < options_.seconds);
  }

  static double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
  }
  static double at(const std::vector<double>& sorted, double part) {
    return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
  }

  const ClientOptions options_;
  std::vector<Answers> answers_;
};

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
  ClientOptions clients;
  std::string database_url;
  std::string sql;
};

template <typename Request>
void run(const Options& options) {
  Request request;
  const auto parsed = google::protobuf::util::JsonStringToMessage(options.request, &request);
  if (!parsed.ok()) fail("cannot read --request: " + std::string(parsed.message()));
  Clients clients(options.clients);
  clients.run([&]() -> Ask {
    return [&request, client = std::make_shared<Client>(options.channel)] {
      return client->ask(request);
    };
  });
  clients.print("query", options.question);
}

void run_sql(const Options& options) {
  Clients clients(options.clients);
  clients.run([&]() -> Ask {
    auto connected =
        Connection::connect({.url = options.database_url, .application_name = "query_load"});
    if (!connected.ok()) fail(millrace::error::message(connected.status()));
    return [&options, connection = std::shared_ptr<Connection>(*std::move(connected))] {
      const auto rows = connection->execute(options.sql);
      if (!rows.ok()) fail(millrace::error::message(rows.status()));
      return static_cast<std::int64_t>(rows->rows());
    };
  });
  clients.print("SQL", options.question);
}

void run_method(const Options& options) {
  if (options.method == "GetDataPoints") {
    run<v1::GetDataPointsRequest>(options);
  } else if (options.method == "Aggregate") {
    run<v1::AggregateRequest>(options);
  } else if (options.method == "GetChart") {
    run<v1::GetChartRequest>(options);
  } else if (options.method == "GetLastDataPoints") {
    run<v1::GetLastDataPointsRequest>(options);
  } else {
    fail(
        fmt::format("cannot ask {}: this program knows GetDataPoints, Aggregate, GetChart and "
                    "GetLastDataPoints",
                    options.method));
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  options.channel.own_connection = true;
  options.channel.deadline = std::chrono::minutes{5};
  CLI::App app("A question, again and again");
  app.add_option("--address", options.channel.address, "Of query: host and port.");
  app.add_option("--key", options.channel.key, "API key.");
  app.add_option("--method", options.method, "Of query.proto.");
  app.add_option("--request", options.request, "As JSON.");
  app.add_option("--database-url", options.database_url, "Of PostgreSQL, instead of query.");
  app.add_option("--sql", options.sql, "One statement.");
  app.add_option("--question", options.question, "Its name.")->required();
  app.add_option("--clients", options.clients.clients)->check(CLI::Range(1, 200));
  app.add_option("--seconds", options.clients.seconds)->check(CLI::Range(0.1, 600.0));
  CLI11_PARSE(app, argc, argv);

  if (options.sql.empty()) {
    run_method(options);
  } else {
    run_sql(options);
  }
  return 0;
}
