// SPDX-License-Identifier: Apache-2.0
#include "registry/client_credentials_rules.h"

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::registry {
namespace {

using identity::v1::ClientTransport;
using ::testing::HasSubstr;
using ::testing::Not;

std::string fault_of_certificate(const std::string& issuer, const std::string& number = "1") {
  identity::v1::ClientCertificate certificate;
  certificate.set_issuer(issuer);
  certificate.set_serial_number(number);
  return error::message(check_certificate("certificate", certificate));
}

TEST(ClientCredentialsRules, UserNames) {
  EXPECT_TRUE(check_user_name("user_name", "pump 7 (hall ä)").ok());
  EXPECT_TRUE(check_user_name("user_name", std::string(128, 'a')).ok());
  EXPECT_FALSE(check_user_name("user_name", "").ok());
  EXPECT_FALSE(check_user_name("user_name", std::string(129, 'a')).ok());
  EXPECT_FALSE(check_user_name("user_name", std::string("a\0b", 3)).ok());
}

TEST(ClientCredentialsRules, PasswordsAreNeverQuoted) {
  EXPECT_TRUE(check_password("password", "8 bytes!").ok());
  EXPECT_TRUE(check_password("password", std::string(256, 'a')).ok());
  EXPECT_FALSE(check_password("password", std::string(257, 'a')).ok());
  const std::string fault = error::message(check_password("password", "secret"));
  EXPECT_THAT(fault, HasSubstr("8 to 256 bytes"));
  EXPECT_THAT(fault, Not(HasSubstr("secret")));
}

TEST(ClientCredentialsRules, IssuersAsOpensslWritesThem) {
  for (const char* issuer : {"CN=Plant CA", "CN=Plant CA,O=Example\\, Inc.,C=DE", "CN=Ger\\C3\\A4t",
                             "2.5.4.3=x", "CN=a+OU=b,O=c", "CN=a\\, b", "CN= ", "CN=a = b"}) {
    EXPECT_EQ(fault_of_certificate(issuer), "") << issuer;
  }
  EXPECT_THAT(fault_of_certificate("CN"), HasSubstr("3 to 1024 bytes"));
  EXPECT_THAT(fault_of_certificate("CN=" + std::string(1022, 'a')), HasSubstr("3 to 1024 bytes"));
  EXPECT_THAT(fault_of_certificate("issuer=CN=a"), HasSubstr("leave \"issuer=\" out"));
  EXPECT_THAT(fault_of_certificate("CN=Gerät"), HasSubstr("escaped as \\XX"));
  EXPECT_THAT(fault_of_certificate("C=DE, CN=a"), HasSubstr("without a blank"));
  for (const char* issuer : {"C = DE,CN = a", "/C=DE/CN=a", "Plant CA", "=abc"}) {
    EXPECT_THAT(fault_of_certificate(issuer), HasSubstr("begin with a type and =")) << issuer;
  }
}

TEST(ClientCredentialsRules, SerialNumbersInBase10) {
  for (const char* number : {"0", "7", "1461501637330902918203684832716283019655932542975"}) {
    EXPECT_EQ(fault_of_certificate("CN=a", number), "") << number;
  }
  for (const std::string number : {"", "01", "-1", "1f", "0x1", "1:2"}) {
    EXPECT_THAT(fault_of_certificate("CN=a", number), HasSubstr("base 10")) << number;
  }
  EXPECT_THAT(fault_of_certificate("CN=a", std::string(50, '1')), HasSubstr("at most 49"));
}

class Transports : public ::testing::Test {
 protected:
  Transports& with(ClientTransport transport, bool password, bool certificate) {
    auto& entry = *request_.add_transports();
    entry.set_transport(transport);
    entry.set_password_required(password);
    entry.set_certificate_required(certificate);
    return *this;
  }
  std::string fault() { return error::message(check_transports(request_)); }

  v1::UpdateClientAuthenticationRequest request_;
};

TEST_F(Transports, EachOnceAndCertificatesWithTlsOnly) {
  with(identity::v1::CLIENT_TRANSPORT_TCP, true, false);
  with(identity::v1::CLIENT_TRANSPORT_TLS, true, true);
  with(identity::v1::CLIENT_TRANSPORT_WEBSOCKET, true, false);
  with(identity::v1::CLIENT_TRANSPORT_SECURE_WEBSOCKET, false, true);
  EXPECT_EQ(fault(), "");
  with(identity::v1::CLIENT_TRANSPORT_TCP, false, false);
  EXPECT_THAT(fault(), HasSubstr("CLIENT_TRANSPORT_TCP is there twice"));
}

TEST_F(Transports, NoneIsAMistake) {
  EXPECT_THAT(fault(), HasSubstr("names none"));
}

TEST_F(Transports, NoCertificateWithoutTls) {
  with(identity::v1::CLIENT_TRANSPORT_WEBSOCKET, false, true);
  EXPECT_THAT(fault(), HasSubstr("no certificate on CLIENT_TRANSPORT_WEBSOCKET"));
}

TEST_F(Transports, AnUnknownOneIsRefused) {
  with(static_cast<ClientTransport>(9), true, false);
  EXPECT_THAT(fault(), HasSubstr("transports[0].transport 9"));
}

}  // namespace
}  // namespace millrace::registry
