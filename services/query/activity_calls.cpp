// SPDX-License-Identifier: Apache-2.0
//
// ListEndpointActivity.
#include "lib/error/error.h"
#include "lib/time_series/activity_reader.h"
#include "query/activity_request.h"
#include "query/query_handler.h"
#include "query/reply.h"

namespace millrace::query {

grpc::Status QueryHandler::ListEndpointActivity(grpc::ServerContext* context,
                                                const v1::ListEndpointActivityRequest* request,
                                                v1::ListEndpointActivityResponse* response) {
  return run(*context, "ListEndpointActivity", reading(request->application_name()),
             [&](Call& call) -> absl::Status {
               MILLRACE_ASSIGN_OR_RETURN(const WantedActivity wanted, check(*request));
               MILLRACE_ASSIGN_OR_RETURN(const auto key,
                                         find_application(call, wanted.application_name));
               if (!key) return absl::OkStatus();
               time_series::ActivityQuery query;
               query.application_key = *key;
               query.endpoint_ids = wanted.endpoint_ids;
               const time::UnixMicros now = parts_.platform.clock.now();
               query.counted = {now - wanted.window, now};
               return read(call, [&](postgres::Connection& connection) -> absl::Status {
                 MILLRACE_ASSIGN_OR_RETURN(const auto found,
                                           time_series::read_activity(connection, query));
                 for (const time_series::EndpointActivity& one : found) {
                   v1::EndpointActivity& entry = *response->add_endpoints();
                   entry.set_endpoint_id(one.endpoint_id);
                   set_time(*entry.mutable_last_time(), one.last_time);
                   entry.set_samples(one.frames);
                 }
                 return absl::OkStatus();
               });
             });
}

}  // namespace millrace::query
