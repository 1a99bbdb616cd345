// SPDX-License-Identifier: Apache-2.0
#include "lib/tls/server_certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "lib/error/error.h"
#include "lib/tls/certificate_fixture.h"

namespace millrace::tls {
namespace {

using testing::HasSubstr;

class ServerCertificateTest : public testing::Test {
 protected:
  auto load(const CertificateFiles& files) {
    return ServerCertificate::load(files, "http/1.1", platform_);
  }

  std::string lines_;
  time::SystemClock clock_;
  log::Logger log_{"test", log::Level::kInfo, clock_,
                   [this](std::string_view line) { lines_ += line; }};
  metrics::Registry metrics_;
  process::Readiness readiness_;
  process::Platform platform_{log_, metrics_, readiness_, clock_};
};

TEST_F(ServerCertificateTest, NoFilesAreNoCertificate) {
  const auto none = load({});
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(*none, nullptr);
}

TEST_F(ServerCertificateTest, ABadPairIsAnErrorThatNamesTheFile) {
  const PairFiles pair(made_weak_pair());
  const auto refused = load(pair.files());
  EXPECT_THAT(error::message(refused.status()),
              HasSubstr(pair.files().certificate + ": cannot use the certificate: ee key too"));
}

TEST_F(ServerCertificateTest, AReloadTakesTheNewPairAndLeavesTheOldOneToItsUsers) {
  const PairFiles pair(made_pair());
  const auto loaded = load(pair.files());
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const auto before = (*loaded)->current();
  const MadePair renewed = made_pair("localhost", 7200);
  pair.write(renewed);
  EXPECT_TRUE((*loaded)->reload().ok());
  EXPECT_EQ((*loaded)->current()->pair.certificate, renewed.certificate);
  EXPECT_NE((*loaded)->current()->context, before->context);
  EXPECT_NE(before->pair.certificate, renewed.certificate);
  const std::string end =
      std::to_string(std::chrono::duration_cast<std::chrono::seconds>(
                         (*loaded)->current()->pair.not_after.time_since_epoch())
                         .count());
  EXPECT_THAT(metrics_.expose(), HasSubstr("millrace_tls_certificate_expiry_time_seconds " + end));
}

TEST_F(ServerCertificateTest, ABadPairLeavesTheOldOneInForce) {
  const MadePair made = made_pair();
  const PairFiles pair(made);
  const auto loaded = load(pair.files());
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  for (const MadePair& bad :
       {MadePair{"", ""}, MadePair{made_pair().certificate, made.key}, made_weak_pair()}) {
    pair.write(bad);
    EXPECT_FALSE((*loaded)->reload().ok());
    EXPECT_EQ((*loaded)->current()->pair.certificate, made.certificate);
  }
  EXPECT_THAT(metrics_.expose(), HasSubstr("millrace_tls_failed_reloads_total 3"));
  EXPECT_THAT(lines_, HasSubstr("certificate not reloaded, the old one stays"));
  pair.write(made);
  EXPECT_TRUE((*loaded)->reload().ok());
}

TEST_F(ServerCertificateTest, AuthoritiesOfClientsAreReadAndReloadedToo) {
  const PairFiles pair(made_pair());
  const std::string authorities = pair.files().certificate + ".authorities";
  const ClientAuthentication clients{.policy = "optional", .authorities = authorities};
  EXPECT_THAT(
      error::message(ServerCertificate::load(pair.files(), "", platform_, clients).status()),
      HasSubstr("file of certificate authorities " + authorities));
  std::ofstream(authorities) << made_pair("a").certificate;
  const auto loaded = ServerCertificate::load(pair.files(), "", platform_, clients);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const auto names = [&] {
    return sk_X509_NAME_num(
        SSL_CTX_get_client_CA_list((*loaded)->current()->context->native_handle()));
  };
  EXPECT_EQ(names(), 1);
  std::ofstream(authorities) << made_pair("a").certificate << made_pair("b").certificate;
  EXPECT_TRUE((*loaded)->reload().ok());
  EXPECT_EQ(names(), 2);
  std::ofstream(authorities) << "none";
  EXPECT_FALSE((*loaded)->reload().ok());
  EXPECT_EQ(names(), 2);
}

TEST_F(ServerCertificateTest, AnExpiredCertificateIsUsedWithAWarning) {
  const PairFiles pair(made_pair("localhost", -10));
  EXPECT_TRUE(load(pair.files()).ok());
  EXPECT_THAT(lines_, HasSubstr("certificate has expired"));
}

}  // namespace
}  // namespace millrace::tls
