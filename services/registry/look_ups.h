// SPDX-License-Identifier: Apache-2.0
//
// The answers to requests of other services over NATS: tokens, endpoints, API keys, series rules.
// Without NATS: bytes in, bytes out. responders.h connects them.
#pragma once

#include <string>

#include "lib/process/platform.h"
#include "registry/endpoint_store.h"
#include "registry/key_store.h"
#include "registry/series_rules_store.h"
#include "registry/token_store.h"

namespace millrace::registry {

struct Answer {
  int status = 0;  // HTTP code, as in the bytes
  std::string bytes;
};

// The answer "cannot tell now" (503) of each kind.
Answer token_unavailable(const std::string& reason);
Answer endpoints_unavailable(const std::string& reason);
Answer key_unavailable(const std::string& reason);
Answer configuration_unavailable(const std::string& reason);

// Safe to use from any thread; each call waits for PostgreSQL. Requests that cannot be decoded get
// 400.
class LookUps {
 public:
  LookUps(postgres::Pool& pool, process::Platform& platform)
      : rules_(pool), endpoints_(pool), tokens_(pool), keys_(pool), platform_(platform) {}

  // EndpointTokenRequest → EndpointTokenResponse. An inactive token becomes active.
  Answer token(const std::string& request);
  // EndpointCheckRequest → EndpointCheckResponse.
  Answer endpoints(const std::string& request);
  // ApiKeyCheckRequest → ApiKeyCheckResponse.
  Answer api_key(const std::string& request);
  // ApplicationConfigurationRequest → ApplicationConfigurationResponse.
  Answer configuration(const std::string& request);

 private:
  void mark_used(const TokenMatch& match);

  SeriesRulesStore rules_;
  EndpointStore endpoints_;
  TokenStore tokens_;
  KeyStore keys_;
  process::Platform& platform_;
};

}  // namespace millrace::registry
