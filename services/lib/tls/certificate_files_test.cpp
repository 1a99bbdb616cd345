// SPDX-License-Identifier: Apache-2.0
#include "lib/tls/certificate_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/error/error.h"

namespace millrace::tls {
namespace {

using testing::HasSubstr;

absl::Status parse(CertificateFiles& files, const std::vector<std::string>& environment) {
  config::SettingsTable table;
  declare(table, files);
  const char* const argv[] = {"program"};
  return table.parse(1, argv, environment, false).status();
}

TEST(CertificateFiles, NoneOrBothAreGiven) {
  CertificateFiles none;
  EXPECT_TRUE(parse(none, {}).ok());
  EXPECT_FALSE(none.given());
  CertificateFiles both;
  EXPECT_TRUE(parse(both, {"MILLRACE_TLS_CERTIFICATE=c.pem", "MILLRACE_TLS_KEY=k.pem"}).ok());
  EXPECT_TRUE(both.given());
  EXPECT_EQ(both.key, "k.pem");
}

TEST(CertificateFiles, OneOfThemIsAFault) {
  CertificateFiles one;
  EXPECT_THAT(error::message(parse(one, {"MILLRACE_TLS_CERTIFICATE=c.pem"})),
              HasSubstr("tls-certificate is given without tls-key; give both or neither"));
  CertificateFiles other;
  EXPECT_THAT(error::message(parse(other, {"MILLRACE_TLS_KEY=k.pem"})),
              HasSubstr("tls-key is given without tls-certificate"));
}

}  // namespace
}  // namespace millrace::tls
