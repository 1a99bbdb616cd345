// SPDX-License-Identifier: Apache-2.0
//
// The methods of QueryHandler that ask the whole deployment, not only the tables.
#include <memory>
#include <set>

#include "lib/error/error.h"
#include "lib/registry_client/version_owner.h"
#include "lib/time_series/reader.h"
#include "query/deployment.h"
#include "query/diagnosis.h"
#include "query/endpoint_traces.h"
#include "query/explanation.h"
#include "query/foreign_refusals.h"
#include "query/query_handler.h"
#include "query/request_rules.h"

namespace millrace::query {
namespace {

// A version is asked for without its application.
absl::Status check_version(const rpc::Caller& caller, const TraceQuery& query,
                           const OwnerOfVersion& owner_of) {
  if (query.app_version_name.empty() || !caller.is_bound()) return absl::OkStatus();
  const auto owner = owner_of(query.app_version_name);
  if (!owner.ok()) {
    return error::prefixed("cannot tell which application has version " + query.app_version_name,
                           owner.status());
  }
  if (owner->has_value() && caller.may_use(**owner)) return absl::OkStatus();
  return absl::NotFoundError("app_version_name: there is no application version " +
                             query.app_version_name);
}

}  // namespace

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
             [&](Call& call, const rpc::Caller& caller) -> absl::Status {
               MILLRACE_ASSIGN_OR_RETURN(TraceQuery query, check(*request));
               const OwnerOfVersion owner_of = [this](const std::string& name) {
                 return registry_client::owner_of_version(parts_.bus, name);
               };
               MILLRACE_RETURN_IF_ERROR(check_version(caller, query, owner_of));
               std::shared_ptr<const configuration::v1::SeriesRules> rules;
               if (!query.endpoint_id.empty()) {
                 const auto key = find_application(call, query.application_name);
                 if (absl::IsNotFound(key.status())) return key.status();
                 if (key.ok()) query.application_key = *key;
                 const auto known = parts_.applications.rules(query.application_name);
                 if (known.ok()) rules = *known;
               }
               EndpointTraces traces = find_traces(
                   query, parts_.bus, [&](const Reading& reading) { return read(call, reading); },
                   parts_.platform.clock);
               if (caller.is_bound() && !query.endpoint_id.empty()) {
                 drop_foreign_refusals(query.application_name, owner_of, traces);
               }
               *response = explain(query, traces, rules.get());
               return call.check();
             });
}

}  // namespace millrace::query
