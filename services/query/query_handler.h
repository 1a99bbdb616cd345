// SPDX-License-Identifier: Apache-2.0
//
// The gRPC methods of query.proto: check the request, read, reply or stream.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/bus/connection.h"
#include "lib/error/error.h"
#include "lib/postgres/pool.h"
#include "lib/process/platform.h"
#include "lib/registry_client/rules_directory.h"
#include "lib/rpc/server.h"
#include "query/aggregate_request.h"
#include "query/call_watch.h"
#include "query/chart_request.h"
#include "query/key_shares.h"
#include "query/replay_message.h"
#include "query/request_rules.h"
#include "query/round.h"
#include "query/sample_stream.h"
#include "query/sample_trial.h"
#include "query/subscribers.h"
#include "query/trial_request.h"

#include "millrace/query/v1/query.grpc.pb.h"

namespace millrace::query {

// What the methods need; all of it outlives the handler.
struct QueryParts {
  postgres::Pool& pool;
  std::chrono::milliseconds connection_wait;
  // Tells an application without any points from one that does not exist.
  registry_client::RulesDirectory& applications;
  // Where samples come by as they are sent, and to ask all processes how they are.
  bus::Connection& bus;
  rpc::Calls& calls;
  CallWatch& watch;
  SampleStream& stream;
  Subscribers& subscribers;
  process::Platform& platform;
};

// A day of seconds of eight series has 6 MiB.
inline constexpr std::size_t kAheadBytes = std::size_t{8} << 20;

// Rejected samples have up to 64 KiB each.
inline constexpr std::int64_t kRejectedRowsPerStatement = 32;

// Subscribe goes on for long and has no thread of its own: it alone is of gRPC's callback API, raw,
// so that an answer is encoded once for all who get it.
class QueryHandler final : public v1::Query::WithRawCallbackMethod_Subscribe<v1::Query::Service> {
 public:
  explicit QueryHandler(QueryParts parts);

  grpc::ServerWriteReactor<grpc::ByteBuffer>* Subscribe(grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request) override;

  grpc::Status ListTimeSeries(grpc::ServerContext* context,
                              const v1::ListTimeSeriesRequest* request,
                              v1::ListTimeSeriesResponse* response) override;
  grpc::Status GetDataPoints(grpc::ServerContext* context, const v1::GetDataPointsRequest* request,
                             grpc::ServerWriter<v1::DataPointsChunk>* writer) override;
  // aggregate_calls.cpp
  grpc::Status Aggregate(grpc::ServerContext* context, const v1::AggregateRequest* request,
                         grpc::ServerWriter<v1::AggregateChunk>* writer) override;
  // chart_calls.cpp
  grpc::Status GetChart(grpc::ServerContext* context, const v1::GetChartRequest* request,
                        grpc::ServerWriter<v1::ChartChunk>* writer) override;
  grpc::Status GetLastDataPoints(grpc::ServerContext* context,
                                 const v1::GetLastDataPointsRequest* request,
                                 v1::GetLastDataPointsResponse* response) override;
  // activity_calls.cpp
  grpc::Status ListEndpointActivity(grpc::ServerContext* context,
                                    const v1::ListEndpointActivityRequest* request,
                                    v1::ListEndpointActivityResponse* response) override;
  // put_calls.cpp
  grpc::Status PutDataPoints(grpc::ServerContext* context, const v1::PutDataPointsRequest* request,
                             v1::PutDataPointsResponse* response) override;
  // rejected_calls.cpp
  grpc::Status ListRejectedSamples(grpc::ServerContext* context,
                                   const v1::ListRejectedSamplesRequest* request,
                                   v1::ListRejectedSamplesResponse* response) override;
  grpc::Status ReplayRejectedSamples(grpc::ServerContext* context,
                                     const v1::ReplayRejectedSamplesRequest* request,
                                     v1::ReplayRejectedSamplesResponse* response) override;
  // trial_calls.cpp
  grpc::Status TrySeriesRules(grpc::ServerContext* context,
                              const v1::TrySeriesRulesRequest* request,
                              grpc::ServerWriter<v1::TriedSample>* writer) override;

  // In deployment_calls.cpp.
  grpc::Status Diagnose(grpc::ServerContext* context, const v1::DiagnoseRequest* request,
                        v1::DiagnoseResponse* response) override;
  grpc::Status ExplainEndpoint(grpc::ServerContext* context,
                               const v1::ExplainEndpointRequest* request,
                               v1::ExplainEndpointResponse* response) override;

  // What every method goes through, also those of another contract (grafana_calls.h).
  using Call = CallWatch::Call;
  using Reading = std::function<absl::Status(postgres::Connection&)>;

  // What a call needs of its key.
  struct Access {
    rpc::Role role = rpc::Role::kReader;
    // Nothing: what belongs to no application, closed to keys that are bound to some.
    std::optional<std::string> application_name;
  };
  static absl::Status check_access(const rpc::Caller& caller, const Access& access);
  static Access reading(const std::string& application_name) {
    return {rpc::Role::kReader, application_name};
  }
  // `check` says whether the caller may do it, before anything is read.
  using CallerCheck = std::function<absl::Status(const rpc::Caller&)>;
  grpc::Status run_checked(grpc::ServerContext& context, const std::string& method,
                           const CallerCheck& check,
                           const std::function<absl::Status(Call&)>& handler);
  grpc::Status run(grpc::ServerContext& context, const std::string& method, const Access& access,
                   const std::function<absl::Status(Call&)>& handler);
  // For what depends on who asks.
  grpc::Status run(grpc::ServerContext& context, const std::string& method, const Access& access,
                   const std::function<absl::Status(Call&, const rpc::Caller&)>& handler);
  // Runs `reading` on a connection of the pool; it ends early when nobody waits for the call.
  absl::Status read(Call& call, const Reading& reading);
  // Nothing: the application exists and has no points.
  absl::StatusOr<std::optional<std::int32_t>> find_application(Call& call, const std::string& name);
  // What the rules of now say of the values. A help for people: without the registry nothing is
  // set.
  void describe(const std::string& application_name, v1::ListTimeSeriesResponse& response);
  // That these were sent.
  void count_points(std::int64_t points) { points_.increment(static_cast<double>(points)); }

 private:
  using Writer = grpc::ServerWriter<v1::DataPointsChunk>;

  // Reads a little, and adds what it found to the round, or sets at_end.
  template <class Chunk>
  using RoundStep = std::function<absl::Status(postgres::Connection&, Round<Chunk>&)>;
  template <class Chunk>
  static absl::Status read_round(const Call& call, postgres::Connection& connection,
                                 const RoundStep<Chunk>& step, Round<Chunk>& round);
  template <class Chunk>
  absl::Status send_round(Call& call, grpc::ServerWriter<Chunk>& writer,
                          const Round<Chunk>& round) const;
  // Reads a round of chunks on a connection, gives that back and sends them, while the next round
  // is being read; until the end.
  template <class Chunk>
  absl::Status stream_rounds(Call& call, grpc::ServerWriter<Chunk>& writer,
                             const RoundStep<Chunk>& step);
  void count(const v1::DataPointsChunk& sent) const;
  void count(const v1::AggregateChunk& sent) const;
  void count(const v1::ChartChunk& sent) const;

  absl::Status stream(Call& call, const DataPoints& points, Writer& writer);
  absl::Status stream(Call& call, const AggregateQuery& query,
                      grpc::ServerWriter<v1::AggregateChunk>& writer);
  absl::Status stream(Call& call, const ChartQuery& query,
                      grpc::ServerWriter<v1::ChartChunk>& writer);
  absl::Status list_rejected(Call& call, const RejectedSamples& samples,
                             v1::ListRejectedSamplesResponse& response);
  absl::Status replay_rejected(Call& call, const RejectedSamples& samples,
                               v1::ReplayRejectedSamplesResponse& response);
  absl::Status replay(const ReplayTarget& target,
                      const std::vector<time_series::RejectedSample>& samples,
                      v1::ReplayRejectedSamplesResponse& response);

  // What TrySeriesRules works with; for its thread.
  struct Trial {
    Call& call;
    const TrialRequest& request;
    SampleTrial& samples;
    SampleTrial::Take take;
  };
  absl::Status try_rules(Call& call, const TrialRequest& request,
                         grpc::ServerWriter<v1::TriedSample>& writer);
  absl::Status try_source(Trial& trial, const TriedUpload& upload);
  absl::Status try_source(Trial& trial, const TriedRejected& rejected);
  absl::Status try_source(Trial& trial, const TriedNext& next);

  const QueryParts parts_;
  const metrics::Counter points_;
  const metrics::Counter windows_;
  const metrics::Counter put_points_;
  const metrics::Counter refused_for_trials_;
  const metrics::Counter refused_for_connection_;
  // Each may look at every upload of the deployment for minutes.
  KeyShares trials_{4, 2};
  // That may hold several series until each has its turn, kAheadBytes each.
  KeyShares ahead_{16, 12};
};

template <class Chunk>
absl::Status QueryHandler::read_round(const Call& call, postgres::Connection& connection,
                                      const RoundStep<Chunk>& step, Round<Chunk>& round) {
  round = {};
  while (!round.at_end && !round.is_full()) {
    // A step may be nothing but counting; a cancelled statement would not end it.
    MILLRACE_RETURN_IF_ERROR(call.check());
    MILLRACE_RETURN_IF_ERROR(step(connection, round));
    ++round.steps;
  }
  return absl::OkStatus();
}

template <class Chunk>
absl::Status QueryHandler::stream_rounds(Call& call, grpc::ServerWriter<Chunk>& writer,
                                         const RoundStep<Chunk>& step) {
  const auto read_into = [&](Round<Chunk>& round) {
    return read(call, [&](postgres::Connection& connection) {
      return read_round(call, connection, step, round);
    });
  };
  Round<Chunk> round;
  MILLRACE_RETURN_IF_ERROR(read_into(round));
  while (!round.at_end) {
    Round<Chunk> following;
    auto reading = std::async(std::launch::async, read_into, std::ref(following));
    const absl::Status sent = send_round(call, writer, round);
    // Of a client that has gone the watch cancels the statement.
    const absl::Status was_read = reading.get();
    MILLRACE_RETURN_IF_ERROR(sent);
    MILLRACE_RETURN_IF_ERROR(was_read);
    round = std::move(following);
  }
  return send_round(call, writer, round);
}

template <class Chunk>
absl::Status QueryHandler::send_round(Call& call, grpc::ServerWriter<Chunk>& writer,
                                      const Round<Chunk>& round) const {
  for (const Chunk& chunk : round.chunks) {
    call.begin_write();
    const bool sent = writer.Write(chunk);
    call.end_write();
    MILLRACE_RETURN_IF_ERROR(call.check());
    if (!sent) return absl::CancelledError("the client has gone");
    count(chunk);
  }
  return absl::OkStatus();
}

}  // namespace millrace::query
