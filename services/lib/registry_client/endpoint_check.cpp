// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/endpoint_check.h"

#include <chrono>
#include <cstddef>

#include "lib/bus/subjects.h"
#include "lib/bus/unique_id.h"
#include "lib/error/error.h"
#include "lib/registry_client/registry_answer.h"

#include "millrace/identity/v1/endpoint.pb.h"

namespace millrace::registry_client {
namespace {

constexpr std::chrono::milliseconds kRequestTimeout{2000};
// With the rest of the request it stays below the 4,096 bytes that the registry takes.
constexpr std::size_t kMaxIdBytes = 3500;

}  // namespace

absl::StatusOr<CheckedEndpoints> check_endpoints(bus::Connection& connection,
                                                 const std::string& app_version_name,
                                                 const std::vector<std::string>& endpoint_ids) {
  bus::UniqueIds ids;
  CheckedEndpoints checked;
  std::size_t next = 0;
  do {
    identity::v1::EndpointCheckRequest request;
    request.set_correlation_id(ids.next());
    request.set_app_version_name(app_version_name);
    for (std::size_t bytes = 0; next < endpoint_ids.size(); ++next) {
      bytes += endpoint_ids[next].size() + 2;
      if (bytes > kMaxIdBytes && request.endpoint_ids_size() > 0) break;
      request.add_endpoint_ids(endpoint_ids[next]);
    }
    MILLRACE_ASSIGN_OR_RETURN(
        const CheckedEndpoints answer,
        read_endpoint_check_answer(connection.request(
            bus::subjects::kEndpointCheckRequest, request.SerializeAsString(), kRequestTimeout)));
    checked.application_name = answer.application_name;
    if (!answer.application_name) return answer;
    checked.unknown_ids.insert(checked.unknown_ids.end(), answer.unknown_ids.begin(),
                               answer.unknown_ids.end());
  } while (next < endpoint_ids.size());
  return checked;
}

}  // namespace millrace::registry_client
