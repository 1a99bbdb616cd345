// SPDX-License-Identifier: Apache-2.0
#include "lib/tls/certificate_name.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/ssl.h>

#include "lib/error/error.h"
#include "lib/tls/certificate_fixture.h"
#include "lib/tls/pem.h"

namespace millrace::tls {
namespace {

using testing::HasSubstr;

class Named {
 public:
  Named() : certificate_(X509_new()) {}

  Named& part(const char* type, const std::string& value) {
    X509_NAME_add_entry_by_txt(X509_get_issuer_name(certificate_.get()), type, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1, 0);
    return *this;
  }
  Named& serial(const std::string& decimal) {
    BIGNUM* number = nullptr;
    BN_dec2bn(&number, decimal.c_str());
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate_.get()));
    BN_free(number);
    return *this;
  }
  CertificateName name() const { return name_of(*certificate_); }

 private:
  Certificate certificate_;
};

TEST(CertificateName, IsWrittenAsOpensslDoesAfterRfc2253) {
  EXPECT_EQ(Named().part("C", "DE").part("O", "Example, Inc.").part("CN", "Plant CA").name().issuer,
            "CN=Plant CA,O=Example\\, Inc.,C=DE");
  EXPECT_EQ(Named().part("CN", "Gerät").name().issuer, "CN=Ger\\C3\\A4t");
  EXPECT_EQ(Named().part("CN", "a\nb").name().issuer, "CN=a\\0Ab");
  EXPECT_EQ(Named().name().issuer, "");
}

TEST(CertificateName, HasTheSerialNumberInBase10) {
  EXPECT_EQ(Named().serial("1").name().serial_number, "1");
  EXPECT_EQ(Named().serial("0").name().serial_number, "0");
  // 20 octets, the most that RFC 5280 allows.
  const std::string largest = "1461501637330902918203684832716283019655932542975";
  EXPECT_EQ(Named().serial(largest).name().serial_number, largest);
}

TEST(CertificateName, OfAFile) {
  const std::string path = testing::TempDir() + "/certificate_name.pem";
  std::ofstream(path) << made_pair("one").certificate << made_pair("another").certificate;
  const auto name = read_certificate_name(path);
  ASSERT_TRUE(name.ok()) << name.status();
  EXPECT_EQ(*name, (CertificateName{"CN=one", "1"}));

  EXPECT_THAT(error::message(read_certificate_name("/nowhere.pem").status()),
              HasSubstr("cannot read the certificate /nowhere.pem"));
  std::ofstream(path) << "no certificate";
  EXPECT_THAT(error::message(read_certificate_name(path).status()),
              HasSubstr("it has no PEM certificate"));
  std::remove(path.c_str());
}

TEST(CertificateName, APeerWithoutACertificateHasNone) {
  SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  SSL* const connection = SSL_new(context);
  EXPECT_EQ(peer_certificate_name(*connection), std::nullopt);
  SSL_free(connection);
  SSL_CTX_free(context);
}

}  // namespace
}  // namespace millrace::tls
