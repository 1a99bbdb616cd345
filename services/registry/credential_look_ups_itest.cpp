// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/client_authentication.h"
#include "registry/credential_look_ups.h"
#include "registry/registry_fixture.h"

#include "millrace/identity/v1/client_credentials.pb.h"

namespace millrace::registry {
namespace {

using identity::v1::ClientCredentialsResponse;
using registry_client::password_digest;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class CredentialLookUpsItest : public RegistryItest {
 protected:
  std::int64_t make_user(const std::string& name, const std::string& password) {
    const auto made = store_.create(name, store_password(password_digest(name, password)));
    EXPECT_TRUE(made.ok()) << made.status();
    return made->credentials_id();
  }
  ClientCredentialsResponse basic(const std::string& name, const std::string& password) {
    identity::v1::BasicCredentialsRequest request;
    request.set_user_name(name);
    request.set_password_digest(password_digest(name, password));
    ClientCredentialsResponse response;
    EXPECT_TRUE(response.ParseFromString(look_ups_.basic(request.SerializeAsString()).bytes));
    return response;
  }
  ClientCredentialsResponse certificate(const std::string& issuer, const std::string& number) {
    identity::v1::CertificateCredentialsRequest request;
    request.set_issuer(issuer);
    request.set_serial_number(number);
    ClientCredentialsResponse response;
    EXPECT_TRUE(response.ParseFromString(look_ups_.certificate(request.SerializeAsString()).bytes));
    return response;
  }
  identity::v1::ClientAuthenticationResponse news(std::int64_t known_revision) {
    identity::v1::ClientAuthenticationRequest request;
    request.set_known_revision(known_revision);
    identity::v1::ClientAuthenticationResponse response;
    EXPECT_TRUE(
        response.ParseFromString(look_ups_.authentication(request.SerializeAsString()).bytes));
    return response;
  }
  v1::ClientCredentials only() {
    const auto all = store_.list({}, {"", 10});
    EXPECT_TRUE(all.ok() && all->size() == 1) << all.status();
    return all->front();
  }

  ClientCredentialsStore store_{pool_};
  CredentialLookUps look_ups_{pool_, platform_};
};

TEST_F(CredentialLookUpsItest, TheRightPasswordIsKnownAndTheirFirstUseActivatesThem) {
  const std::int64_t id = make_user("pump-7", "correct horse");
  EXPECT_EQ(only().state(), v1::TOKEN_STATE_INACTIVE);
  EXPECT_FALSE(only().has_last_used_at());

  const auto wrong = basic("pump-7", "wrong horse");
  EXPECT_EQ(wrong.status_code(), 401);
  EXPECT_EQ(wrong.credentials_id(), 0);
  EXPECT_EQ(only().state(), v1::TOKEN_STATE_INACTIVE) << "that was no use";
  EXPECT_EQ(basic("pump-8", "correct horse").reason_phrase(), wrong.reason_phrase());

  const auto right = basic("pump-7", "correct horse");
  EXPECT_EQ(right.status_code(), 200);
  EXPECT_EQ(right.credentials_id(), id);
  const v1::ClientCredentials used = only();
  EXPECT_EQ(used.state(), v1::TOKEN_STATE_ACTIVE);
  EXPECT_TRUE(used.has_last_used_at());

  EXPECT_EQ(basic("pump-7", "correct horse").status_code(), 200);
  EXPECT_EQ(only().last_used_at().seconds(), used.last_used_at().seconds()) << "noted just now";
  sql("UPDATE registry.client_credentials SET last_used_at = now() - interval '1 hour'");
  EXPECT_EQ(basic("pump-7", "correct horse").status_code(), 200);
  EXPECT_GE(only().last_used_at().seconds(), used.last_used_at().seconds());
  EXPECT_EQ(only().state_changed_at().nanos(), used.state_changed_at().nanos());
}

TEST_F(CredentialLookUpsItest, OnlyWhoKnowsThePasswordLearnsTheState) {
  const std::int64_t id = make_user("pump-7", "correct horse");
  ASSERT_TRUE(store_.set_state(id, v1::TOKEN_STATE_SUSPENDED).ok());
  const auto suspended = basic("pump-7", "correct horse");
  EXPECT_EQ(suspended.status_code(), 403);
  EXPECT_EQ(suspended.credentials_id(), id);
  EXPECT_EQ(suspended.reason_phrase(), "the client credentials are suspended");
  EXPECT_EQ(basic("pump-7", "wrong horse").status_code(), 401);

  ASSERT_TRUE(store_.set_state(id, v1::TOKEN_STATE_REVOKED).ok());
  EXPECT_EQ(basic("pump-7", "correct horse").status_code(), 403);
  // The name is free again; the new password counts, not the old one.
  const std::int64_t second = make_user("pump-7", "battery staple");
  EXPECT_EQ(basic("pump-7", "battery staple").credentials_id(), second);
  EXPECT_EQ(basic("pump-7", "correct horse").status_code(), 401);
}

TEST_F(CredentialLookUpsItest, CertificatesAreKnownByIssuerAndNumber) {
  identity::v1::ClientCertificate certificate_of_pump;
  certificate_of_pump.set_issuer("CN=Plant CA,O=Example");
  certificate_of_pump.set_serial_number("42");
  const auto made = store_.create(certificate_of_pump);
  ASSERT_TRUE(made.ok()) << made.status();
  const auto known = certificate("CN=Plant CA,O=Example", "42");
  EXPECT_EQ(known.status_code(), 200);
  EXPECT_EQ(known.credentials_id(), made->credentials_id());
  EXPECT_EQ(certificate("CN=Plant CA,O=Example", "43").status_code(), 401);
  EXPECT_EQ(certificate("CN=Plant CA", "42").status_code(), 401);
  ASSERT_TRUE(store_.set_state(made->credentials_id(), v1::TOKEN_STATE_REVOKED).ok());
  EXPECT_EQ(certificate("CN=Plant CA,O=Example", "42").status_code(), 403);
}

TEST_F(CredentialLookUpsItest, WhatWasRevokedSinceIsTold) {
  const std::int64_t one = make_user("one", "password");
  const std::int64_t two = make_user("two", "password");
  const std::int64_t three = make_user("three", "password");
  const auto first = news(0);
  EXPECT_EQ(first.status_code(), 200);
  EXPECT_THAT(first.authentication().transports(), SizeIs(4));
  EXPECT_THAT(first.revoked_credentials_ids(), IsEmpty());

  ASSERT_TRUE(store_.set_state(three, v1::TOKEN_STATE_SUSPENDED).ok());
  ASSERT_TRUE(store_.set_state(one, v1::TOKEN_STATE_REVOKED).ok());
  ASSERT_TRUE(store_.set_state(two, v1::TOKEN_STATE_SUSPENDED).ok());
  ASSERT_TRUE(store_.set_state(two, v1::TOKEN_STATE_ACTIVE).ok());
  const auto second = news(first.revision());
  EXPECT_GT(second.revision(), first.revision());
  EXPECT_THAT(second.revoked_credentials_ids(), ElementsAre(three, one)) << "in their order";
  EXPECT_FALSE(second.more_revoked());
  EXPECT_THAT(news(second.revision()).revoked_credentials_ids(), IsEmpty());
  EXPECT_THAT(news(0).revoked_credentials_ids(), IsEmpty()) << "nobody had known them";

  // Suspended, now revoked: told again.
  ASSERT_TRUE(store_.set_state(three, v1::TOKEN_STATE_REVOKED).ok());
  EXPECT_THAT(news(second.revision()).revoked_credentials_ids(), ElementsAre(three));
}

TEST_F(CredentialLookUpsItest, ManyRevocationsComeInParts) {
  sql("INSERT INTO registry.client_credentials (issuer, serial_number, state, revision) "
      "SELECT 'CN=a', n::text, 4, n + 1 FROM generate_series(1, 1500) n");
  sql("UPDATE registry.client_authentication SET revision = 1501");
  const auto first = news(1);
  EXPECT_TRUE(first.more_revoked());
  EXPECT_THAT(first.revoked_credentials_ids(), SizeIs(1000));
  const auto second = news(first.revision());
  EXPECT_FALSE(second.more_revoked());
  EXPECT_THAT(second.revoked_credentials_ids(), SizeIs(500));
  EXPECT_EQ(second.revision(), 1501);
}

}  // namespace
}  // namespace millrace::registry
