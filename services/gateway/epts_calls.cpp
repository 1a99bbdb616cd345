// SPDX-License-Identifier: Apache-2.0
#include "gateway/epts_calls.h"

namespace millrace::gateway {

std::unique_ptr<rpc::MessageStream> EptsCalls::points(
    const query::v1::GetDataPointsRequest& request) const {
  return upstreams_.query().stream(
      call("/millrace.query.v1.Query/", "GetDataPoints", request, std::chrono::milliseconds{0}));
}

rpc::GenericRequest EptsCalls::call(const char* service, const std::string& method,
                                    const google::protobuf::Message& request,
                                    std::chrono::milliseconds timeout) const {
  return {service + method, request.SerializeAsString(), metadata_, timeout};
}

}  // namespace millrace::gateway
