// SPDX-License-Identifier: Apache-2.0
#include "gateway/upstreams.h"

#include "lib/trace/trace_context.h"

namespace millrace::gateway {

rpc::GenericCaller* Upstreams::of_service(std::string_view service) const {
  if (service == "millrace.query.v1.Query") return &query_;
  if (service == "millrace.registry.v1.Registry") return &registry_;
  return nullptr;
}

rpc::Metadata forwarded_metadata(const http::Request& request) {
  rpc::Metadata metadata;
  const auto take = [&](const char* header, const char* name) {
    const std::string_view value = request.headers.get(header);
    if (!value.empty()) metadata.emplace_back(name, value);
  };
  take("authorization", "authorization");
  take("api-key", "api-key");
  // Kaa's name of it; of two keys that differ the server knows none to prefer, and refuses.
  if (request.headers.get("api-key").empty()) take("x-iamcore-api-key", "api-key");
  const std::string_view traceparent = request.headers.get(trace::kTraceparentHeader);
  if (const auto trace = trace::TraceContext::parse(traceparent)) {
    metadata.emplace_back(trace::kTraceparentHeader, trace->traceparent());
  }
  return metadata;
}

}  // namespace millrace::gateway
