// SPDX-License-Identifier: Apache-2.0
#include "registry/look_ups.h"

#include <fmt/format.h>

#include "lib/error/error.h"
#include "registry/application_store.h"
#include "registry/field_rules.h"

#include "millrace/configuration/v1/configuration.pb.h"
#include "millrace/identity/v1/api_key.pb.h"
#include "millrace/identity/v1/endpoint.pb.h"

namespace millrace::registry {
namespace {

using configuration::v1::ApplicationConfigurationRequest;
using configuration::v1::ApplicationConfigurationResponse;
using identity::v1::ApiKeyCheckRequest;
using identity::v1::ApiKeyCheckResponse;
using identity::v1::EndpointCheckRequest;
using identity::v1::EndpointCheckResponse;

}  // namespace

Answer endpoints_unavailable(const std::string& reason) {
  return refusal<EndpointCheckResponse>(kUnavailable, reason);
}
Answer key_unavailable(const std::string& reason) {
  return refusal<ApiKeyCheckResponse>(kUnavailable, reason);
}
Answer configuration_unavailable(const std::string& reason) {
  return refusal<ApplicationConfigurationResponse>(kUnavailable, reason);
}

Answer LookUps::endpoints(const std::string& bytes) {
  EndpointCheckRequest request;
  if (!request.ParseFromString(bytes)) {
    return refusal<EndpointCheckResponse>(kBadRequest, kNoRequest);
  }
  EndpointCheckResponse response;
  std::vector<std::string> possible;
  for (const std::string& id : request.endpoint_ids()) {
    // What nobody can create does not exist.
    if (check_endpoint_id("endpoint_ids", id).ok()) {
      possible.push_back(id);
    } else {
      response.add_unknown_endpoint_ids(id);
    }
  }
  const std::string& version = request.app_version_name();
  const auto checked = check_name("app_version_name", version).ok()
                           ? endpoints_.check(version, possible)
                           : absl::StatusOr<EndpointCheck>(EndpointCheck{});
  if (!checked.ok()) {
    platform_.log.warning_limited("cannot check endpoints",
                                  {{"cause", error::message(checked.status())}});
    return endpoints_unavailable(kTryAgain);
  }
  if (checked->application_name.empty()) {
    return refusal<EndpointCheckResponse>(
        kNotFound, fmt::format("unknown application version \"{}\"", version));
  }
  response.set_status_code(kOk);
  response.set_application_name(checked->application_name);
  for (const std::string& id : checked->unknown_ids) response.add_unknown_endpoint_ids(id);
  return answer_of(response);
}

Answer LookUps::api_key(const std::string& bytes) {
  ApiKeyCheckRequest request;
  if (!request.ParseFromString(bytes)) {
    return refusal<ApiKeyCheckResponse>(kBadRequest, kNoRequest);
  }
  const auto caller = keys_.find(request.key_sha256());
  if (!caller.ok()) {
    platform_.log.warning_limited("cannot check an API key",
                                  {{"cause", error::message(caller.status())}});
    return key_unavailable(kTryAgain);
  }
  if (!caller->has_value()) {
    return refusal<ApiKeyCheckResponse>(kUnauthorized, "the API key is unknown or revoked");
  }
  if (!request.heeds_limits() && (*caller)->role != rpc::Role::kAdmin) {
    return refusal<ApiKeyCheckResponse>(
        kUnauthorized,
        "the API key has limits, which the service is too old to heed; upgrade the service");
  }
  ApiKeyCheckResponse response;
  response.set_status_code(kOk);
  response.set_key_id((*caller)->key_id);
  response.set_key_name((*caller)->key_name);
  response.set_role(to_message((*caller)->role));
  response.mutable_application_names()->Assign((*caller)->application_names.begin(),
                                               (*caller)->application_names.end());
  return answer_of(response);
}

Answer LookUps::configuration(const std::string& bytes) {
  ApplicationConfigurationRequest request;
  if (!request.ParseFromString(bytes)) {
    return refusal<ApplicationConfigurationResponse>(kBadRequest, kNoRequest);
  }
  const std::string& name = request.application_name();
  const auto newest = check_name("application_name", name).ok()
                          ? rules_.get(name, 0)
                          : absl::StatusOr<v1::SeriesRulesVersion>(unknown_application(name));
  if (absl::IsNotFound(newest.status())) {
    return refusal<ApplicationConfigurationResponse>(kNotFound, error::message(newest.status()));
  }
  if (!newest.ok()) {
    platform_.log.warning_limited("cannot read series rules",
                                  {{"cause", error::message(newest.status())}});
    return configuration_unavailable(kTryAgain);
  }
  ApplicationConfigurationResponse response;
  response.set_status_code(kOk);
  *response.mutable_series_rules() = newest->series_rules();
  return answer_of(response);
}

}  // namespace millrace::registry
