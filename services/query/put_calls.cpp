// SPDX-License-Identifier: Apache-2.0
//
// PutDataPoints.
#include <utility>

#include <fmt/format.h>

#include "lib/bus/unique_id.h"
#include "lib/error/error.h"
#include "lib/registry_client/endpoint_check.h"
#include "query/put_message.h"
#include "query/put_request.h"
#include "query/query_handler.h"
#include "query/request_field.h"

namespace millrace::query {
namespace {

// The application of the version, which has all endpoints of the request.
absl::StatusOr<std::string> application_of(bus::Connection& bus, const rpc::Caller& caller,
                                           const v1::PutDataPointsRequest& request) {
  const std::string& version = request.app_version_name();
  const auto checked = registry_client::check_endpoints(bus, version, endpoint_ids_of(request));
  if (!checked.ok()) {
    return error::prefixed(
        fmt::format("cannot tell whose version {} and these endpoints are", version),
        checked.status());
  }
  if (!checked->application_name || !caller.may_use(*checked->application_name)) {
    return absl::NotFoundError(
        fmt::format("app_version_name: there is no application version {}", version));
  }
  if (checked->unknown_ids.empty()) return *checked->application_name;
  const std::string& unknown = checked->unknown_ids.front();
  int index = 0;
  while (request.series(index).endpoint_id() != unknown) ++index;
  return absl::NotFoundError(
      fmt::format("series[{}].endpoint_id: application {} has no endpoint {}", index,
                  *checked->application_name, unknown));
}

}  // namespace

// Message by message, so that one connection keeps their order also where one of them is sent
// again. Where it fails half-way, the same request may be put again: equal values replace each
// other.
grpc::Status QueryHandler::PutDataPoints(grpc::ServerContext* context,
                                         const v1::PutDataPointsRequest* request,
                                         v1::PutDataPointsResponse*) {
  // Its version says of which application it is.
  const Access access{rpc::Role::kOperator, std::string()};
  return run(*context, "PutDataPoints", access,
             [&](Call& call, const rpc::Caller& caller) -> absl::Status {
               MILLRACE_RETURN_IF_ERROR(check(*request));
               PutFacts facts;
               facts.correlation_id = bus::random_token();
               facts.received_at = parts_.platform.clock.now();
               MILLRACE_ASSIGN_OR_RETURN(facts.application_name,
                                         application_of(parts_.bus, caller, *request));
               MILLRACE_ASSIGN_OR_RETURN(auto messages, put_messages(*request, facts));
               for (StreamMessage& message : messages) {
                 MILLRACE_RETURN_IF_ERROR(call.check());
                 MILLRACE_RETURN_IF_ERROR(parts_.stream.put("data points", {std::move(message)}));
               }
               for (const v1::EndpointSeriesPoints& series : request->series()) {
                 put_points_.increment(series.data_points_size());
               }
               return absl::OkStatus();
             });
}

}  // namespace millrace::query
