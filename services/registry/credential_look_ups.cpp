// SPDX-License-Identifier: Apache-2.0
#include "registry/credential_look_ups.h"

#include <fmt/format.h>

#include "lib/error/error.h"
#include "registry/client_credentials_rules.h"
#include "registry/token.h"

#include "millrace/identity/v1/client_credentials.pb.h"

namespace millrace::registry {
namespace {

using identity::v1::BasicCredentialsRequest;
using identity::v1::CertificateCredentialsRequest;
using identity::v1::ClientAuthenticationRequest;
using identity::v1::ClientAuthenticationResponse;
using identity::v1::ClientCredentialsResponse;

constexpr char kWrongPassword[] = "unknown user name or wrong password";
constexpr char kUnknownCertificate[] = "unknown certificate";

}  // namespace

Answer credentials_unavailable(const std::string& reason) {
  return refusal<ClientCredentialsResponse>(kUnavailable, reason);
}
Answer authentication_unavailable(const std::string& reason) {
  return refusal<ClientAuthenticationResponse>(kUnavailable, reason);
}

Answer CredentialLookUps::basic(const std::string& bytes) {
  BasicCredentialsRequest request;
  if (!request.ParseFromString(bytes)) {
    return refusal<ClientCredentialsResponse>(kBadRequest, kNoRequest);
  }
  // What nobody can create is unknown without a look.
  if (!check_user_name("user_name", request.user_name()).ok()) {
    return refusal<ClientCredentialsResponse>(kUnauthorized, kWrongPassword);
  }
  const auto match = credentials_.find(request.user_name());
  if (!match.ok()) return cannot_tell(match.status());
  const bool is_right = is_password(request.password_digest(),
                                    match->has_value() ? (*match)->password : nobodys_password());
  if (!match->has_value() || !is_right) {
    return refusal<ClientCredentialsResponse>(kUnauthorized, kWrongPassword);
  }
  return answer_about(**match);
}

Answer CredentialLookUps::certificate(const std::string& bytes) {
  CertificateCredentialsRequest request;
  if (!request.ParseFromString(bytes)) {
    return refusal<ClientCredentialsResponse>(kBadRequest, kNoRequest);
  }
  identity::v1::ClientCertificate certificate;
  certificate.set_issuer(request.issuer());
  certificate.set_serial_number(request.serial_number());
  if (!check_certificate("certificate", certificate).ok()) {
    return refusal<ClientCredentialsResponse>(kUnauthorized, kUnknownCertificate);
  }
  const auto match = credentials_.find(certificate);
  if (!match.ok()) return cannot_tell(match.status());
  if (!match->has_value()) {
    return refusal<ClientCredentialsResponse>(kUnauthorized, kUnknownCertificate);
  }
  return answer_about(**match);
}

Answer CredentialLookUps::authentication(const std::string& bytes) {
  ClientAuthenticationRequest request;
  if (!request.ParseFromString(bytes)) {
    return refusal<ClientAuthenticationResponse>(kBadRequest, kNoRequest);
  }
  auto news = authentication_.since(request.known_revision());
  if (!news.ok()) {
    platform_.log.warning_limited("cannot read the client authentication",
                                  {{"cause", error::message(news.status())}});
    return authentication_unavailable(kTryAgain);
  }
  ClientAuthenticationResponse response;
  response.set_status_code(kOk);
  *response.mutable_authentication() = std::move(news->rules);
  response.set_revision(news->revision);
  response.mutable_revoked_credentials_ids()->Assign(news->revoked_ids.begin(),
                                                     news->revoked_ids.end());
  response.set_more_revoked(news->more_revoked);
  return answer_of(response);
}

Answer CredentialLookUps::answer_about(const CredentialsMatch& match) {
  ClientCredentialsResponse response;
  response.set_credentials_id(match.credentials_id);
  if (match.state == v1::TOKEN_STATE_SUSPENDED || match.state == v1::TOKEN_STATE_REVOKED) {
    response.set_status_code(kForbidden);
    response.set_reason_phrase(fmt::format("the client credentials are {}", name_of(match.state)));
    return answer_of(response);
  }
  if (match.use_is_due || match.state == v1::TOKEN_STATE_INACTIVE) mark_used(match);
  response.set_status_code(kOk);
  return answer_of(response);
}

Answer CredentialLookUps::cannot_tell(const absl::Status& status) {
  platform_.log.warning_limited("cannot check client credentials",
                                {{"cause", error::message(status)}});
  return credentials_unavailable(kTryAgain);
}

void CredentialLookUps::mark_used(const CredentialsMatch& match) {
  const auto first = credentials_.mark_used(match.credentials_id);
  if (!first.ok()) {
    // They may be used all the same; the next check tries again.
    platform_.log.warning_limited(
        "cannot mark client credentials as used",
        {{"credentials_id", match.credentials_id}, {"cause", error::message(first.status())}});
  } else if (*first) {
    platform_.log.info("client credentials used for the first time",
                       {{"credentials_id", match.credentials_id}});
  }
}

}  // namespace millrace::registry
