// SPDX-License-Identifier: Apache-2.0
//
// The methods of QueryHandler that ask the whole deployment, not only the tables.
#include <memory>
#include <set>

#include "lib/error/error.h"
#include "lib/time_series/reader.h"
#include "query/deployment.h"
#include "query/diagnosis.h"
#include "query/endpoint_traces.h"
#include "query/explanation.h"
#include "query/query_handler.h"
#include "query/request_rules.h"

namespace millrace::query {

grpc::Status QueryHandler::Diagnose(grpc::ServerContext* context,
                                    const v1::DiagnoseRequest* request,
                                    v1::DiagnoseResponse* response) {
  return run(*context, "Diagnose", {rpc::Role::kReader, std::nullopt},
             [&](Call& call) -> absl::Status {
               MILLRACE_ASSIGN_OR_RETURN(const std::set<std::string> without, check(*request));
               const Deployment deployment = look_at_deployment(
                   parts_.bus, [&](const Reading& reading) { return read(call, reading); },
                   parts_.platform.clock);
               *response = diagnose(deployment, without);
               return call.check();
             });
}

grpc::Status QueryHandler::ExplainEndpoint(grpc::ServerContext* context,
                                           const v1::ExplainEndpointRequest* request,
                                           v1::ExplainEndpointResponse* response) {
  return run(*context, "ExplainEndpoint", reading(request->application_name()),
             [&](Call& call) -> absl::Status {
               MILLRACE_ASSIGN_OR_RETURN(TraceQuery query, check(*request));
               std::shared_ptr<const configuration::v1::SeriesRules> rules;
               if (!query.endpoint_id.empty()) {
                 const auto key = find_application(call, query.application_name);
                 if (absl::IsNotFound(key.status())) return key.status();
                 if (key.ok()) query.application_key = *key;
                 const auto known = parts_.applications.rules(query.application_name);
                 if (known.ok()) rules = *known;
               }
               const EndpointTraces traces = find_traces(
                   query, parts_.bus, [&](const Reading& reading) { return read(call, reading); },
                   parts_.platform.clock);
               *response = explain(query, traces, rules.get());
               return call.check();
             });
}

}  // namespace millrace::query
