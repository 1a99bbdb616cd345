// SPDX-License-Identifier: Apache-2.0
//
// The answers to requests of other services over NATS: tokens, endpoints, API keys, series rules,
// and by credentials() MQTT clients.
// Without NATS: bytes in, bytes out. responders.h connects them.
#pragma once

#include <string>

#include "lib/process/platform.h"
#include "registry/answer.h"
#include "registry/credential_look_ups.h"
#include "registry/endpoint_store.h"
#include "registry/key_store.h"
#include "registry/series_rules_store.h"
#include "registry/token_look_ups.h"

namespace millrace::registry {

// The answer "cannot tell now" (503) of each kind; of tokens: token_look_ups.h.
Answer endpoints_unavailable(const std::string& reason);
Answer key_unavailable(const std::string& reason);
Answer configuration_unavailable(const std::string& reason);

// Safe to use from any thread; each call waits for PostgreSQL. Requests that cannot be decoded get
// 400.
class LookUps {
 public:
  LookUps(postgres::Pool& pool, process::Platform& platform)
      : rules_(pool),
        endpoints_(pool),
        keys_(pool),
        tokens_(pool, platform),
        credentials_(pool, platform),
        platform_(platform) {}

  // EndpointTokenRequest → EndpointTokenResponse. An inactive token becomes active.
  Answer token(const std::string& request) { return tokens_.one(request); }
  // EndpointTokensRequest → EndpointTokensResponse: up to 256 of them at once.
  Answer tokens(const std::string& request) { return tokens_.many(request); }
  // EndpointCheckRequest → EndpointCheckResponse.
  Answer endpoints(const std::string& request);
  // ApiKeyCheckRequest → ApiKeyCheckResponse.
  Answer api_key(const std::string& request);
  // ApplicationConfigurationRequest → ApplicationConfigurationResponse.
  Answer configuration(const std::string& request);
  CredentialLookUps& credentials() { return credentials_; }

 private:
  SeriesRulesStore rules_;
  EndpointStore endpoints_;
  KeyStore keys_;
  TokenLookUps tokens_;
  CredentialLookUps credentials_;
  process::Platform& platform_;
};

}  // namespace millrace::registry
