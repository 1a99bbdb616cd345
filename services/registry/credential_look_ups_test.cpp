// SPDX-License-Identifier: Apache-2.0
//
// What is answered without the database; with it: credential_look_ups_itest.cpp.
#include "registry/credential_look_ups.h"

#include <gmock/gmock.h>

#include "lib/registry_client/client_authentication.h"
#include "registry/no_database_fixture.h"

#include "millrace/identity/v1/client_credentials.pb.h"

namespace millrace::registry {
namespace {

class CredentialLookUpsTest : public NoDatabaseTest {
 protected:
  static std::string basic(const std::string& user_name) {
    identity::v1::BasicCredentialsRequest request;
    request.set_user_name(user_name);
    request.set_password_digest(registry_client::password_digest(user_name, "password"));
    return request.SerializeAsString();
  }
  static std::string certificate(const std::string& issuer, const std::string& serial_number) {
    identity::v1::CertificateCredentialsRequest request;
    request.set_issuer(issuer);
    request.set_serial_number(serial_number);
    return request.SerializeAsString();
  }

  CredentialLookUps look_ups_{pool_, platform_};
};

TEST_F(CredentialLookUpsTest, BytesThatAreNoRequestAreRefused) {
  EXPECT_EQ(look_ups_.basic("\xFF").status, 400);
  EXPECT_EQ(look_ups_.certificate("\xFF").status, 400);
  EXPECT_EQ(look_ups_.authentication("\xFF").status, 400);
}

TEST_F(CredentialLookUpsTest, WhatNobodyCanCreateIsUnknownWithoutTheDatabase) {
  EXPECT_EQ(look_ups_.basic(basic("")).status, 401);
  EXPECT_EQ(look_ups_.basic(basic(std::string(129, 'a'))).status, 401);
  EXPECT_EQ(look_ups_.basic(basic(std::string("a\0b", 3))).status, 401);
  EXPECT_EQ(look_ups_.certificate(certificate("", "1")).status, 401);
  EXPECT_EQ(look_ups_.certificate(certificate("CN=a", "")).status, 401);
}

TEST_F(CredentialLookUpsTest, WithoutTheDatabaseNobodyIsToldThatCredentialsAreUnknown) {
  EXPECT_EQ(look_ups_.basic(basic("pump-7")).status, 503);
  EXPECT_EQ(look_ups_.certificate(certificate("CN=a", "1")).status, 503);
  EXPECT_EQ(look_ups_.authentication("").status, 503);
}

TEST_F(CredentialLookUpsTest, TheStatusIsInTheBytes) {
  identity::v1::ClientCredentialsResponse refused;
  ASSERT_TRUE(refused.ParseFromString(credentials_unavailable("busy").bytes));
  EXPECT_EQ(refused.status_code(), 503);
  EXPECT_EQ(refused.reason_phrase(), "busy");
  identity::v1::ClientAuthenticationResponse unknown;
  ASSERT_TRUE(unknown.ParseFromString(authentication_unavailable("busy").bytes));
  EXPECT_EQ(unknown.status_code(), 503);
}

}  // namespace
}  // namespace millrace::registry
