// SPDX-License-Identifier: Apache-2.0
#include "registry/events.h"

#include <fmt/format.h>

#include "lib/bus/subjects.h"
#include "lib/error/error.h"
#include "registry/random.h"

#include "millrace/configuration/v1/configuration.pb.h"
#include "millrace/identity/v1/api_key.pb.h"
#include "millrace/identity/v1/application.pb.h"
#include "millrace/identity/v1/client_credentials.pb.h"
#include "millrace/identity/v1/token.pb.h"

namespace millrace::registry {
namespace {

bool is_usable(v1::TokenState state) {
  return state == v1::TOKEN_STATE_INACTIVE || state == v1::TOKEN_STATE_ACTIVE;
}

}  // namespace

absl::Status Events::token_changed(const OwnedToken& owned) {
  const bool usable = is_usable(owned.token.state());
  identity::v1::EndpointTokenEvent event;
  event.set_correlation_id(random_uuid());
  event.set_timestamp_us(time::to_unix_us(platform_.clock.now()));
  event.set_application_name(owned.application_name);
  event.set_endpoint_id(owned.token.endpoint_id());
  event.add_token_ids(owned.token.token_id());
  return usable ? send("token_activated", bus::subjects::kTokenActivated, event.SerializeAsString())
                : send("token_revoked", bus::subjects::kTokenRevoked, event.SerializeAsString());
}

absl::Status Events::keys_revoked(const std::vector<std::int64_t>& key_ids) {
  identity::v1::ApiKeyEvent event;
  event.set_correlation_id(random_uuid());
  event.set_timestamp_us(time::to_unix_us(platform_.clock.now()));
  event.mutable_key_ids()->Add(key_ids.begin(), key_ids.end());
  return send("api_key_revoked", bus::subjects::kApiKeyRevoked, event.SerializeAsString());
}

absl::Status Events::configuration_changed(const std::string& application_name) {
  configuration::v1::ConfigurationEvent event;
  event.set_correlation_id(random_uuid());
  event.set_timestamp_us(time::to_unix_us(platform_.clock.now()));
  event.set_application_name(application_name);
  return send("configuration_upsert", bus::subjects::kConfigurationUpsert,
              event.SerializeAsString());
}

absl::Status Events::credentials_changed(const v1::ClientCredentials& credentials) {
  namespace subjects = bus::subjects;
  identity::v1::ClientCredentialsEvent event;
  event.set_correlation_id(random_uuid());
  event.set_timestamp_us(time::to_unix_us(platform_.clock.now()));
  event.add_credentials_ids(credentials.credentials_id());
  const std::string bytes = event.SerializeAsString();
  const bool is_basic = credentials.kind_case() == v1::ClientCredentials::kUserName;
  if (is_usable(credentials.state())) {
    return send("credentials_activated",
                is_basic ? subjects::kBasicCredentialsActivated
                         : subjects::kCertificateCredentialsActivated,
                bytes);
  }
  return send(
      "credentials_revoked",
      is_basic ? subjects::kBasicCredentialsRevoked : subjects::kCertificateCredentialsRevoked,
      bytes);
}

absl::Status Events::authentication_changed(std::int64_t version) {
  identity::v1::ClientAuthenticationEvent event;
  event.set_correlation_id(random_uuid());
  event.set_timestamp_us(time::to_unix_us(platform_.clock.now()));
  event.set_version(version);
  return send("client_authentication_updated", bus::subjects::kClientAuthenticationUpdated,
              event.SerializeAsString());
}

absl::Status Events::application_updated(const std::string& application_name,
                                         const std::vector<std::int64_t>& token_ids) {
  identity::v1::ApplicationEvent event;
  event.set_correlation_id(random_uuid());
  event.set_timestamp_us(time::to_unix_us(platform_.clock.now()));
  event.set_application_name(application_name);
  event.mutable_token_ids()->Add(token_ids.begin(), token_ids.end());
  return send("application_updated", bus::subjects::kApplicationUpdated, event.SerializeAsString());
}

absl::Status Events::send(const char* event, const std::string& subject, const std::string& bytes) {
  const absl::Status status = publish_(subject, bytes);
  platform_.metrics
      .counter("millrace_registry_events_total", "Change events published, by outcome",
               {{"event", event}, {"outcome", status.ok() ? "sent" : "lost"}})
      .increment();
  if (status.ok()) return status;
  platform_.log.warning_limited("cannot publish an event",
                                {{"event_name", event}, {"cause", error::message(status)}});
  return absl::UnavailableError(
      fmt::format("the change is stored, but the other services could not be told: {}; repeat the "
                  "call, or they learn of it within a minute of reaching the registry again",
                  error::message(status)));
}

}  // namespace millrace::registry
