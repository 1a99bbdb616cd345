// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/version_owner.h"

#include <chrono>

#include "lib/bus/subjects.h"
#include "lib/bus/unique_id.h"
#include "lib/registry_client/registry_answer.h"

#include "millrace/identity/v1/token.pb.h"

namespace millrace::registry_client {
namespace {

constexpr std::chrono::milliseconds kRequestTimeout{2000};

}  // namespace

absl::StatusOr<std::optional<std::string>> owner_of_version(bus::Connection& connection,
                                                            const std::string& app_version_name) {
  bus::UniqueIds ids;
  identity::v1::EndpointTokenRequest request;  // without a token
  request.set_correlation_id(ids.next());
  request.set_app_version_name(app_version_name);
  return read_owner_answer(connection.request(bus::subjects::kEndpointTokenRequest,
                                              request.SerializeAsString(), kRequestTimeout));
}

}  // namespace millrace::registry_client
