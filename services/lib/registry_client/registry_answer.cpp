// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/registry_answer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"

#include "millrace/identity/v1/client_credentials.pb.h"
#include "millrace/identity/v1/endpoint.pb.h"
#include "millrace/identity/v1/token.pb.h"

namespace millrace::registry_client {
namespace {

constexpr int kOk = 200;
constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
// As registry.proto bounds a burst.
constexpr double kMostAtOnce = 1e6;

template <typename Response>
absl::StatusOr<Response> parse(const absl::StatusOr<std::string>& answer) {
  if (!answer.ok()) {
    return absl::UnavailableError("the registry is away: " + error::message(answer.status()));
  }
  Response response;
  if (!response.ParseFromString(*answer)) {
    return absl::UnavailableError("the registry's answer cannot be read");
  }
  return response;
}

template <typename Response>
absl::Status cannot_tell(const Response& response) {
  return absl::UnavailableError(
      fmt::format("the registry answered {} {}", response.status_code(), response.reason_phrase()));
}

std::shared_ptr<const Identity> identity_of(const identity::v1::EndpointTokenResponse& response,
                                            const std::string& app_version_name) {
  auto identity = std::make_shared<Identity>();
  identity->application_name = response.application_name();
  identity->app_version_name = app_version_name;
  identity->endpoint_id = response.endpoint_id();
  identity->token_id = response.token_id();
  return identity;
}

UploadRules rules_of(const identity::v1::UploadRules& message) {
  UploadRules rules;
  rules.relaxed_resource_paths = message.relaxed_resource_paths();
  const double rate = message.max_uploads_per_second();
  // What no registry stores limits nothing.
  if (!(rate > 0) || !std::isfinite(rate)) return rules;
  rules.max_uploads_per_second = rate;
  rules.max_upload_burst =
      message.max_upload_burst() > 0
          ? message.max_upload_burst()
          : static_cast<std::int32_t>(std::clamp(std::ceil(rate), 1.0, kMostAtOnce));
  return rules;
}

LookUp away(const absl::Status& status) {
  return {LookUp::Result::kUnavailable, nullptr, error::message(status)};
}

LookUp look_up_of(const identity::v1::EndpointTokenResponse& response,
                  const std::string& app_version_name) {
  switch (response.status_code()) {
    case kOk:
      if (response.endpoint_id().empty() || response.application_name().empty()) break;
      return {LookUp::Result::kKnown, identity_of(response, app_version_name), "",
              rules_of(response.upload_rules())};
    case kForbidden:
      // Whose it is matters to people who ask why the device is refused.
      return {LookUp::Result::kForbidden, identity_of(response, app_version_name),
              response.reason_phrase()};
    case kNotFound:
      return {LookUp::Result::kUnknown, nullptr, response.reason_phrase()};
    default:
      break;
  }
  return away(cannot_tell(response));
}

// Nothing: a transport that this version does not have.
std::optional<ClientTransport> transport_of(identity::v1::ClientTransport transport) {
  switch (transport) {
    case identity::v1::CLIENT_TRANSPORT_TCP:
      return ClientTransport::kTcp;
    case identity::v1::CLIENT_TRANSPORT_TLS:
      return ClientTransport::kTls;
    case identity::v1::CLIENT_TRANSPORT_WEBSOCKET:
      return ClientTransport::kWebSocket;
    case identity::v1::CLIENT_TRANSPORT_SECURE_WEBSOCKET:
      return ClientTransport::kSecureWebSocket;
    default:
      return std::nullopt;
  }
}

}  // namespace

LookUp read_token_answer(const absl::StatusOr<std::string>& answer,
                         const std::string& app_version_name) {
  const auto response = parse<identity::v1::EndpointTokenResponse>(answer);
  if (!response.ok()) return away(response.status());
  return look_up_of(*response, app_version_name);
}

std::vector<LookUp> read_tokens_answer(const absl::StatusOr<std::string>& answer,
                                       const std::vector<TokenKey>& tokens) {
  const auto response = parse<identity::v1::EndpointTokensResponse>(answer);
  if (!response.ok()) return std::vector<LookUp>(tokens.size(), away(response.status()));
  if (response->status_code() != kOk)
    return std::vector<LookUp>(tokens.size(), away(cannot_tell(*response)));
  if (static_cast<std::size_t>(response->answers_size()) != tokens.size()) {
    const absl::Status incomplete = absl::UnavailableError(fmt::format(
        "the registry answered about {} tokens of {}", response->answers_size(), tokens.size()));
    return std::vector<LookUp>(tokens.size(), away(incomplete));
  }
  std::vector<LookUp> results;
  results.reserve(tokens.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    results.push_back(
        look_up_of(response->answers(static_cast<int>(i)), tokens[i].app_version_name));
  }
  return results;
}

absl::StatusOr<std::optional<std::string>> read_owner_answer(
    const absl::StatusOr<std::string>& answer) {
  MILLRACE_ASSIGN_OR_RETURN(auto response, parse<identity::v1::EndpointTokenResponse>(answer));
  if (response.status_code() != kNotFound) return cannot_tell(response);
  std::optional<std::string> owner;
  if (!response.application_name().empty()) owner = response.application_name();
  return owner;
}

absl::StatusOr<CheckedEndpoints> read_endpoint_check_answer(
    const absl::StatusOr<std::string>& answer) {
  MILLRACE_ASSIGN_OR_RETURN(const auto response,
                            parse<identity::v1::EndpointCheckResponse>(answer));
  CheckedEndpoints checked;
  if (response.status_code() == kNotFound) return checked;
  if (response.status_code() != kOk || response.application_name().empty()) {
    return cannot_tell(response);
  }
  checked.application_name = response.application_name();
  checked.unknown_ids = {response.unknown_endpoint_ids().begin(),
                         response.unknown_endpoint_ids().end()};
  return checked;
}

absl::StatusOr<std::shared_ptr<const configuration::v1::SeriesRules>> read_rules_answer(
    const absl::StatusOr<std::string>& answer, const std::string& application_name) {
  MILLRACE_ASSIGN_OR_RETURN(auto response,
                            parse<configuration::v1::ApplicationConfigurationResponse>(answer));
  if (response.status_code() == kNotFound) {
    return absl::NotFoundError(fmt::format("cannot read the series rules of application '{}': {}",
                                           application_name, response.reason_phrase()));
  }
  if (response.status_code() != kOk) return cannot_tell(response);
  return std::make_shared<const configuration::v1::SeriesRules>(
      std::move(*response.mutable_series_rules()));
}

absl::StatusOr<identity::v1::ApiKeyCheckResponse> read_key_answer(
    const absl::StatusOr<std::string>& answer) {
  MILLRACE_ASSIGN_OR_RETURN(auto response, parse<identity::v1::ApiKeyCheckResponse>(answer));
  if (response.status_code() == kUnauthorized) {
    return absl::UnauthenticatedError(response.reason_phrase());
  }
  if (response.status_code() != kOk) return cannot_tell(response);
  return response;
}

CredentialAnswer read_credential_answer(const absl::StatusOr<std::string>& answer) {
  using Result = CredentialAnswer::Result;
  const auto response = parse<identity::v1::ClientCredentialsResponse>(answer);
  if (!response.ok()) return {Result::kUnavailable, 0, error::message(response.status())};
  const std::int64_t id = response->credentials_id();
  if (response->status_code() == kOk && id != 0) return {Result::kKnown, id, ""};
  if (response->status_code() == kForbidden && id != 0) {
    return {Result::kForbidden, id, response->reason_phrase()};
  }
  if (response->status_code() == kUnauthorized) {
    return {Result::kUnknown, 0, response->reason_phrase()};
  }
  return {Result::kUnavailable, 0, error::message(cannot_tell(*response))};
}

absl::StatusOr<AuthenticationNews> read_authentication_answer(
    const absl::StatusOr<std::string>& answer) {
  MILLRACE_ASSIGN_OR_RETURN(const auto response,
                            parse<identity::v1::ClientAuthenticationResponse>(answer));
  if (response.status_code() != kOk || !response.has_authentication()) return cannot_tell(response);
  AuthenticationNews news;
  for (const auto& entry : response.authentication().transports()) {
    const auto transport = transport_of(entry.transport());
    if (!transport.has_value()) continue;
    news.rules.by_transport[static_cast<std::size_t>(*transport)] = {entry.password_required(),
                                                                     entry.certificate_required()};
  }
  news.revision = response.revision();
  news.revoked_ids = {response.revoked_credentials_ids().begin(),
                      response.revoked_credentials_ids().end()};
  news.more_revoked = response.more_revoked();
  return news;
}

}  // namespace millrace::registry_client
