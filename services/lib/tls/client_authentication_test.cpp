// SPDX-License-Identifier: Apache-2.0
#include "lib/tls/client_authentication.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/error/error.h"

namespace millrace::tls {
namespace {

using testing::HasSubstr;

class ClientAuthenticationTest : public testing::Test {
 protected:
  absl::Status parse(const std::vector<std::string>& environment) {
    config::SettingsTable table;
    declare(table, files_);
    declare(table, clients_, files_);
    const char* const argv[] = {"program"};
    return table.parse(1, argv, environment, false).status();
  }

  CertificateFiles files_;
  ClientAuthentication clients_;
};

TEST_F(ClientAuthenticationTest, IsNotAskedForByItself) {
  ASSERT_TRUE(parse({}).ok());
  EXPECT_FALSE(clients_.asked());
  EXPECT_FALSE(clients_.required());
}

TEST_F(ClientAuthenticationTest, MayBeOptionalOrRequired) {
  const std::vector<std::string> files = {"MILLRACE_TLS_CERTIFICATE=c.pem",
                                          "MILLRACE_TLS_KEY=k.pem",
                                          "MILLRACE_TLS_CLIENT_AUTHORITIES=a.pem"};
  for (const char* policy : {"optional", "required"}) {
    std::vector<std::string> environment = files;
    environment.push_back(std::string("MILLRACE_TLS_CLIENT_CERTIFICATE=") + policy);
    ASSERT_TRUE(parse(environment).ok());
    EXPECT_TRUE(clients_.asked());
    EXPECT_EQ(clients_.required(), policy == std::string("required"));
    EXPECT_EQ(clients_.authorities, "a.pem");
  }
}

TEST_F(ClientAuthenticationTest, WhatDoesNotGoTogetherIsAFault) {
  EXPECT_THAT(error::message(parse({"MILLRACE_TLS_CLIENT_CERTIFICATE=required"})),
              HasSubstr("tls-client-authorities does not say whose"));
  ClientAuthenticationTest::clients_ = {};
  EXPECT_THAT(error::message(parse({"MILLRACE_TLS_CLIENT_AUTHORITIES=a.pem"})),
              HasSubstr("set it to optional or required"));
  EXPECT_THAT(error::message(parse({"MILLRACE_TLS_CLIENT_AUTHORITIES=a.pem",
                                    "MILLRACE_TLS_CLIENT_CERTIFICATE=optional"})),
              HasSubstr("give tls-certificate and tls-key too"));
  EXPECT_THAT(error::message(parse({"MILLRACE_TLS_CLIENT_CERTIFICATE=sometimes"})),
              HasSubstr("sometimes"));
}

}  // namespace
}  // namespace millrace::tls
