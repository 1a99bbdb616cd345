// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/authenticator.h"

#include <utility>

namespace millrace::mqtt_receiver {

void Authenticator::check(registry_client::ClientCredentials credentials,
                          registry_client::ClientTransport transport, ConnectionAddress from) {
  // Held by the answer: a check that is not current any more needs them again.
  auto held = std::make_shared<registry_client::ClientCredentials>(std::move(credentials));
  directory_.check(*held, transport, [from, held](const registry_client::Verdict& verdict) {
    from.worker->put_checked({from.connection, std::move(*held), verdict});
  });
}

AuthenticationVerdict to_mqtt(const registry_client::Verdict& verdict) {
  using Result = registry_client::Verdict::Result;
  switch (verdict.result) {
    case Result::kAccepted:
      return {mqtt::ReasonCode::kSuccess, ""};
    case Result::kBadUserNameOrPassword:
      return {mqtt::ReasonCode::kBadUserNameOrPassword, verdict.reason};
    case Result::kCertificateNotAccepted:
    case Result::kForbidden:
      return {mqtt::ReasonCode::kNotAuthorized, verdict.reason};
    case Result::kUnavailable:
      break;
  }
  return {mqtt::ReasonCode::kServerUnavailable, verdict.reason};
}

}  // namespace millrace::mqtt_receiver
