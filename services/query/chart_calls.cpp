// SPDX-License-Identifier: Apache-2.0
//
// GetChart.
#include "lib/error/error.h"
#include "query/chart_reader.h"
#include "query/query_handler.h"
#include "query/reply.h"

namespace millrace::query {

grpc::Status QueryHandler::GetChart(grpc::ServerContext* context,
                                    const v1::GetChartRequest* request,
                                    grpc::ServerWriter<v1::ChartChunk>* writer) {
  return run(*context, "GetChart", reading(request->application_name()),
             [&](Call& call) -> absl::Status {
               MILLRACE_ASSIGN_OR_RETURN(const ChartQuery query, check(*request));
               return stream(call, query, *writer);
             });
}

absl::Status QueryHandler::stream(Call& call, const ChartQuery& query,
                                  grpc::ServerWriter<v1::ChartChunk>& writer) {
  MILLRACE_ASSIGN_OR_RETURN(const auto key, find_application(call, query.application_name));
  if (!key) return absl::OkStatus();
  ChartReader reader(*key, query);
  return stream_rounds<v1::ChartChunk>(
      call, writer, [&](postgres::Connection& connection, auto& round) -> absl::Status {
        MILLRACE_ASSIGN_OR_RETURN(const auto step, reader.next(connection, kRoundRows));
        round.at_end = !step;
        if (!step || step->points.empty()) return absl::OkStatus();
        round.rows += step->points.size();
        round.chunks.push_back(chunk_of(*step));
        return absl::OkStatus();
      });
}

void QueryHandler::count(const v1::ChartChunk& sent) const {
  points_.increment(sent.timestamps_us_size());
}

}  // namespace millrace::query
