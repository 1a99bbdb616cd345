// SPDX-License-Identifier: Apache-2.0
//
// Every subject of the suite (grammar: 3/ISM), and nowhere else. Payloads: proto/.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace::bus::subjects {

// kaa.v1.events.<receiver>.endpoint.data-collection.data-samples-received.<shard>: DataSamplesBatch
std::string data_samples_received(std::string_view receiver, unsigned shard);
// What the stream DATA_SAMPLES collects.
inline constexpr char kAllDataSamples[] =
    "kaa.v1.events.*.endpoint.data-collection.data-samples-received.>";
// The shard of an endpoint: a hash (FNV-1a, 64 bit) of its id modulo `shards`, the same in every
// version of Millrace.
unsigned shard_of(std::string_view endpoint_id, unsigned shards);

// kaa.v1.events.epts.endpoint.data-collection.data-points-received.<series>: DataPointsEvent
std::string data_points_received(std::string_view time_series_name);
// The same of others that publish points (kaa.v1.events.<transmitter>.…), whatever the series.
std::string data_points_of(std::string_view transmitter);
// Who published points to this subject; nothing: it is none of such a subject, or of epts itself,
// or of whom is_transmitter_name() does not know, such as a wildcard.
std::optional<std::string_view> transmitter_of(std::string_view subject);
// 1 to 64 characters of A-Z a-z 0-9 - _: one token of a subject as it stands.
bool is_transmitter_name(std::string_view name);

// kaa.v1.events.<listener's service>.endpoint.data-collection.data-points-interest:
// DataPointsInterest
inline constexpr char kDataPointsInterest[] =
    "kaa.v1.events.*.endpoint.data-collection.data-points-interest";
inline constexpr char kDataPointsInterestOfQuery[] =
    "kaa.v1.events.query.endpoint.data-collection.data-points-interest";
// DataPointsPresence.
inline constexpr char kDataPointsPresence[] =
    "kaa.v1.events.epts.endpoint.data-collection.data-points-presence";
// Both what epts announces and its presence, in one subscription: in the order they were sent.
inline constexpr char kAllOfEpts[] = "kaa.v1.events.epts.endpoint.data-collection.>";

// Requests to the registry; its replicas share the queue group kRegistryQueue.
inline constexpr char kRegistryQueue[] = "registry";
inline constexpr char kEndpointTokenRequest[] = "kaa.v1.service.registry.ecap.ep-token-request";
inline constexpr char kEndpointTokensRequest[] = "kaa.v1.service.registry.ecap.ep-tokens-request";
inline constexpr char kEndpointCheckRequest[] = "kaa.v1.service.registry.endpoint.check-request";
inline constexpr char kApiKeyCheckRequest[] = "kaa.v1.service.registry.api-key.check-request";
inline constexpr char kApplicationConfigurationRequest[] =
    "kaa.v1.service.registry.scmp.application-configuration-request";
inline constexpr char kBasicCredentialsRequest[] = "kaa.v1.service.registry.cap.basic-request";
inline constexpr char kCertificateCredentialsRequest[] =
    "kaa.v1.service.registry.cap.certificate-request";
inline constexpr char kClientAuthenticationRequest[] =
    "kaa.v1.service.registry.cap.authentication-request";

// Requests that every process, or every receiver, answers for itself.
inline constexpr char kStatusRequest[] = "kaa.v1.service.all.status-request";
inline constexpr char kRefusalsRequest[] = "kaa.v1.service.all.refusals-request";

// Events of the registry.
inline constexpr char kTokenRevoked[] = "kaa.v1.events.registry.endpoint.token.revoked";
inline constexpr char kTokenActivated[] = "kaa.v1.events.registry.endpoint.token.activated";
inline constexpr char kApplicationUpdated[] = "kaa.v1.events.registry.application.updated";
inline constexpr char kApiKeyRevoked[] = "kaa.v1.events.registry.api-key.revoked";
inline constexpr char kConfigurationUpsert[] =
    "kaa.v1.events.registry.service.configuration.upsert";
inline constexpr char kBasicCredentialsRevoked[] =
    "kaa.v1.events.registry.client-credentials.basic.revoked";
inline constexpr char kCertificateCredentialsRevoked[] =
    "kaa.v1.events.registry.client-credentials.certificate.revoked";
inline constexpr char kBasicCredentialsActivated[] =
    "kaa.v1.events.registry.client-credentials.basic.activated";
inline constexpr char kCertificateCredentialsActivated[] =
    "kaa.v1.events.registry.client-credentials.certificate.activated";
inline constexpr char kClientAuthenticationUpdated[] =
    "kaa.v1.events.registry.client-authentication.updated";

}  // namespace millrace::bus::subjects
