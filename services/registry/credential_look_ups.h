// SPDX-License-Identifier: Apache-2.0
//
// The answers to requests of receivers about MQTT clients: their credentials, and who has to show
// which. Without NATS, as look_ups.h.
#pragma once

#include <string>

#include "lib/process/platform.h"
#include "registry/answer.h"
#include "registry/client_authentication_store.h"
#include "registry/client_credentials_store.h"

namespace millrace::registry {

// The answer "cannot tell now" (503) of each kind.
Answer credentials_unavailable(const std::string& reason);
Answer authentication_unavailable(const std::string& reason);

// Safe to use from any thread; each call waits for PostgreSQL, and basic() takes about a
// millisecond of a processor. Requests that cannot be decoded get 400.
class CredentialLookUps {
 public:
  CredentialLookUps(postgres::Pool& pool, process::Platform& platform)
      : credentials_(pool), authentication_(pool), platform_(platform) {}

  // BasicCredentialsRequest → ClientCredentialsResponse. Inactive ones become active. Somebody who
  // does not know the password learns neither whether there is such a user nor its state.
  Answer basic(const std::string& request);
  // CertificateCredentialsRequest → ClientCredentialsResponse. Likewise.
  Answer certificate(const std::string& request);
  // ClientAuthenticationRequest → ClientAuthenticationResponse.
  Answer authentication(const std::string& request);

 private:
  Answer answer_about(const CredentialsMatch& match);
  Answer cannot_tell(const absl::Status& status);
  void mark_used(const CredentialsMatch& match);

  ClientCredentialsStore credentials_;
  ClientAuthenticationStore authentication_;
  process::Platform& platform_;
};

}  // namespace millrace::registry
