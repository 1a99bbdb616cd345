// SPDX-License-Identifier: Apache-2.0
#include "query/query_handler.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "lib/error/error.h"
#include "lib/time_series/extent_reader.h"
#include "lib/time_series/last_points_reader.h"
#include "lib/time_series/range_reader.h"
#include "lib/time_series/reader.h"
#include "lib/time_series/series_catalogue_reader.h"
#include "query/application_check.h"
#include "query/page_token.h"
#include "query/refused_calls.h"
#include "query/reply.h"
#include "query/value_descriptions.h"

namespace millrace::query {
namespace {

void add(Round<v1::DataPointsChunk>& round, time_series::RangeStep step,
         const std::string& request_digest) {
  if (step.points.times.empty()) return;
  round.rows += step.points.times.size();
  for (const time_series::PointColumn& column : step.points.columns) {
    for (const std::string& text : column.texts) round.text_bytes += text.size();
  }
  const std::string token = make_resume_token(request_digest, step.position);
  round.chunks.push_back(chunk_of(std::move(step), token));
}

// Ends with the scope, whatever way it is left.
class StatementScope {
 public:
  StatementScope(CallWatch::Call& call, postgres::Connection& connection) : call_(call) {
    call_.begin_statement([&connection] { connection.cancel(); });
  }
  ~StatementScope() { call_.end_statement(); }
  StatementScope(const StatementScope&) = delete;
  StatementScope& operator=(const StatementScope&) = delete;

 private:
  CallWatch::Call& call_;
};

// What a failed reading means for the caller.
absl::Status for_caller(const absl::Status& failure) {
  switch (failure.code()) {
    case absl::StatusCode::kInvalidArgument:
      // Requests are checked before: what PostgreSQL calls invalid then is our mistake.
      return absl::InternalError(error::message(failure));
    case absl::StatusCode::kAborted:
      // On a read replica: what the statement read was about to be removed by the primary.
    case absl::StatusCode::kCancelled:
      // Somebody else cancelled the statement, an operator perhaps.
      return absl::UnavailableError(error::message(failure) + "; repeat the call");
    case absl::StatusCode::kDeadlineExceeded:
      return absl::DeadlineExceededError(error::message(failure) +
                                         "; ask for less, or raise the setting statement-timeout");
    default:
      return failure;
  }
}

}  // namespace

QueryHandler::QueryHandler(QueryParts parts)
    : parts_(parts),
      points_(parts.platform.metrics.counter("millrace_query_points_total",
                                             "Data points sent to clients.")),
      windows_(parts.platform.metrics.counter("millrace_query_windows_total",
                                              "Windows of aggregates sent to clients.")),
      put_points_(parts.platform.metrics.counter("millrace_query_put_points_total",
                                                 "Data points of clients put into the stream.")),
      refused_for_trials_(refused_calls(parts.platform.metrics, "trials")),
      refused_for_connection_(refused_calls(parts.platform.metrics, "connection")) {}

absl::Status QueryHandler::check_access(const rpc::Caller& caller, const Access& access) {
  MILLRACE_RETURN_IF_ERROR(rpc::require(caller, access.role));
  if (!access.application_name) {
    if (!caller.is_bound()) return absl::OkStatus();
    return absl::PermissionDeniedError(
        "this is about all applications, and the API key is bound to some: use one that is not");
  }
  // An empty name is the request's fault, which its check explains.
  if (access.application_name->empty() || caller.may_use(*access.application_name)) {
    return absl::OkStatus();
  }
  return no_such_application(*access.application_name);
}

grpc::Status QueryHandler::run(grpc::ServerContext& context, const std::string& method,
                               const Access& access,
                               const std::function<absl::Status(Call&)>& handler) {
  return run_checked(
      context, method,
      [&access](const rpc::Caller& caller) { return check_access(caller, access); }, handler);
}

grpc::Status QueryHandler::run(
    grpc::ServerContext& context, const std::string& method, const Access& access,
    const std::function<absl::Status(Call&, const rpc::Caller&)>& handler) {
  rpc::Caller caller;
  return run_checked(
      context, method,
      [&](const rpc::Caller& calling) {
        caller = calling;
        return check_access(caller, access);
      },
      [&](Call& call) { return handler(call, caller); });
}

grpc::Status QueryHandler::run_checked(grpc::ServerContext& context, const std::string& method,
                                       const CallerCheck& check,
                                       const std::function<absl::Status(Call&)>& handler) {
  const CallHandle handle{[&context] { return context.IsCancelled(); },
                          [&context] {
                            return rpc::time_left(context, std::chrono::milliseconds{1}) ==
                                   std::chrono::milliseconds{0};
                          },
                          [&context] { context.TryCancel(); }};
  return parts_.calls.run(context, method, [&](const rpc::Caller& caller) -> absl::Status {
    MILLRACE_RETURN_IF_ERROR(check(caller));
    MILLRACE_ASSIGN_OR_RETURN(const auto call, parts_.watch.admit(handle, caller.key_id));
    return handler(*call);
  });
}

absl::Status QueryHandler::read(Call& call, const Reading& reading) {
  MILLRACE_RETURN_IF_ERROR(call.check());
  const auto leased = parts_.pool.acquire(parts_.connection_wait, call.key_id());
  if (absl::IsResourceExhausted(leased.status())) refused_for_connection_.increment();
  MILLRACE_RETURN_IF_ERROR(leased.status());
  const postgres::Pool::Lease& lease = *leased;
  absl::Status status;
  {
    const StatementScope scope(call, *lease);
    status = time_series::prepare_session(*lease);
    if (status.ok()) status = reading(*lease);
  }
  if (status.ok()) return status;
  MILLRACE_RETURN_IF_ERROR(call.check());
  return for_caller(status);
}

absl::StatusOr<std::optional<std::int32_t>> QueryHandler::find_application(
    Call& call, const std::string& name) {
  std::optional<std::int32_t> key;
  MILLRACE_RETURN_IF_ERROR(read(call, [&](postgres::Connection& connection) -> absl::Status {
    MILLRACE_ASSIGN_OR_RETURN(key, time_series::find_application(connection, name));
    return absl::OkStatus();
  }));
  if (key) return key;
  MILLRACE_RETURN_IF_ERROR(check_application_exists(parts_.applications, name));
  return std::nullopt;
}

void QueryHandler::describe(const std::string& application_name,
                            v1::ListTimeSeriesResponse& response) {
  const auto rules = parts_.applications.rules(application_name);
  if (rules.ok()) query::describe(**rules, response);
}

grpc::Status QueryHandler::ListTimeSeries(grpc::ServerContext* context,
                                          const v1::ListTimeSeriesRequest* request,
                                          v1::ListTimeSeriesResponse* response) {
  return run(
      *context, "ListTimeSeries", reading(request->application_name()),
      [&](Call& call) -> absl::Status {
        MILLRACE_ASSIGN_OR_RETURN(const SeriesList list, check(*request));
        MILLRACE_ASSIGN_OR_RETURN(const auto key, find_application(call, list.application_name));
        if (!key) return absl::OkStatus();
        MILLRACE_RETURN_IF_ERROR(read(call, [&](postgres::Connection& connection) -> absl::Status {
          MILLRACE_ASSIGN_OR_RETURN(const auto series,
                                    time_series::list_series(connection, *key, list.endpoint_ids));
          fill(*response, series);
          if (!list.with_extent) return absl::OkStatus();
          MILLRACE_ASSIGN_OR_RETURN(
              const auto extents, time_series::read_extents(connection, {*key, list.endpoint_ids}));
          fill_extents(*response, extents);
          return absl::OkStatus();
        }));
        describe(list.application_name, *response);
        return absl::OkStatus();
      });
}

grpc::Status QueryHandler::GetDataPoints(grpc::ServerContext* context,
                                         const v1::GetDataPointsRequest* request, Writer* writer) {
  return run(*context, "GetDataPoints", reading(request->application_name()),
             [&](Call& call) -> absl::Status {
               MILLRACE_ASSIGN_OR_RETURN(const DataPoints points, check(*request));
               return stream(call, points, *writer);
             });
}

absl::Status QueryHandler::stream(Call& call, const DataPoints& points, Writer& writer) {
  MILLRACE_ASSIGN_OR_RETURN(const auto key, find_application(call, points.application_name));
  if (!key) return absl::OkStatus();
  // Without a place series are read one by one: slower, and the same answer.
  const KeyPlace place(ahead_, call.key_id());
  time_series::RangeLimits limits;
  if (place.taken()) limits.ahead_bytes = kAheadBytes;
  time_series::RangeReader reader({*key, points.endpoint_ids, points.series_names, points.range,
                                   points.direction, points.behind},
                                  limits);
  std::int64_t left = points.limit.value_or(std::numeric_limits<std::int64_t>::max());
  return stream_rounds<v1::DataPointsChunk>(
      call, writer, [&](postgres::Connection& connection, auto& round) -> absl::Status {
        MILLRACE_ASSIGN_OR_RETURN(auto step, reader.next(connection, left));
        if (step) left -= static_cast<std::int64_t>(step->points.times.size());
        round.at_end = !step || left == 0;
        if (step) add(round, *std::move(step), points.request_digest);
        return absl::OkStatus();
      });
}

void QueryHandler::count(const v1::DataPointsChunk& sent) const {
  points_.increment(sent.timestamps_us_size());
}

grpc::Status QueryHandler::GetLastDataPoints(grpc::ServerContext* context,
                                             const v1::GetLastDataPointsRequest* request,
                                             v1::GetLastDataPointsResponse* response) {
  return run(
      *context, "GetLastDataPoints", reading(request->application_name()),
      [&](Call& call) -> absl::Status {
        MILLRACE_ASSIGN_OR_RETURN(const LastPoints points, check(*request));
        MILLRACE_ASSIGN_OR_RETURN(const auto key, find_application(call, points.application_name));
        if (!key) return absl::OkStatus();
        time_series::LastPointsQuery query;
        query.application_key = *key;
        query.endpoint_ids = points.endpoint_ids;
        query.series_names = points.series_names;
        query.before = points.before;
        query.limit = static_cast<std::size_t>(points.limit);
        return read(call, [&](postgres::Connection& connection) -> absl::Status {
          MILLRACE_ASSIGN_OR_RETURN(auto found, time_series::read_last_points(connection, query));
          points_.increment(static_cast<double>(found.size()));
          fill(*response, std::move(found));
          return absl::OkStatus();
        });
      });
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* QueryHandler::Subscribe(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  return parts_.subscribers.begin(
      *context, *request, [](const rpc::Caller& caller, const std::string& application_name) {
        return check_access(caller, reading(application_name));
      });
}

}  // namespace millrace::query
