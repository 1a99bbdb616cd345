// SPDX-License-Identifier: Apache-2.0
//
// Aggregate.
#include <algorithm>
#include <limits>
#include <utility>

#include "lib/error/error.h"
#include "query/aggregate_reader.h"
#include "query/query_handler.h"
#include "query/reply.h"

namespace millrace::query {
namespace {

void add(Round<v1::AggregateChunk>& round, AggregateStep step, const AggregateQuery& query) {
  if (step.rows.empty()) return;
  round.rows += step.rows.size();
  v1::AggregateChunk chunk = chunk_of(std::move(step), query);
  for (const v1::AggregateColumn& column : chunk.columns()) {
    for (const std::string& text : column.strings()) round.text_bytes += text.size();
  }
  round.chunks.push_back(std::move(chunk));
}

}  // namespace

grpc::Status QueryHandler::Aggregate(grpc::ServerContext* context,
                                     const v1::AggregateRequest* request,
                                     grpc::ServerWriter<v1::AggregateChunk>* writer) {
  return run(*context, "Aggregate", reading(request->application_name()),
             [&](Call& call) -> absl::Status {
               MILLRACE_ASSIGN_OR_RETURN(const AggregateQuery query, check(*request));
               return stream(call, query, *writer);
             });
}

absl::Status QueryHandler::stream(Call& call, const AggregateQuery& query,
                                  grpc::ServerWriter<v1::AggregateChunk>& writer) {
  MILLRACE_ASSIGN_OR_RETURN(const auto key, find_application(call, query.application_name));
  if (!key) return absl::OkStatus();
  AggregateReader reader(*key, query, parts_.platform.clock.now());
  std::int64_t left = query.limit.value_or(std::numeric_limits<std::int64_t>::max());
  return stream_rounds<v1::AggregateChunk>(
      call, writer, [&](postgres::Connection& connection, auto& round) -> absl::Status {
        const auto most = std::min(left, static_cast<std::int64_t>(kRoundRows));
        MILLRACE_ASSIGN_OR_RETURN(auto step,
                                  reader.next(connection, static_cast<std::size_t>(most)));
        if (step) left -= static_cast<std::int64_t>(step->rows.size());
        round.at_end = !step || left == 0;
        if (step) add(round, *std::move(step), query);
        return absl::OkStatus();
      });
}

void QueryHandler::count(const v1::AggregateChunk& sent) const {
  windows_.increment(sent.window_starts_us_size());
}

}  // namespace millrace::query
