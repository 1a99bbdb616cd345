// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/client_authentication.h"

#include <gtest/gtest.h>

namespace millrace::registry_client {
namespace {

TEST(ClientAuthentication, WhatIsNotRequiredNeedNotBeShown) {
  EXPECT_TRUE((Requirements{}).met_by({}));
  EXPECT_FALSE((Requirements{}).any());
  const Requirements both{true, true};
  EXPECT_TRUE(both.any());
  EXPECT_TRUE(both.met_by({1, 2}));
  EXPECT_FALSE(both.met_by({1, 0}));
  EXPECT_FALSE(both.met_by({0, 2}));
  EXPECT_TRUE((Requirements{.password = true, .certificate = false}).met_by({1, 0}));
  EXPECT_TRUE((Requirements{.password = false, .certificate = true}).met_by({0, 2}));
}

TEST(ClientAuthentication, EachTransportHasItsOwnRequirements) {
  AuthenticationRules rules;
  rules.by_transport[static_cast<std::size_t>(ClientTransport::kTls)] = {true, false};
  EXPECT_TRUE(rules.of(ClientTransport::kTls).password);
  EXPECT_FALSE(rules.of(ClientTransport::kTcp).any());
  EXPECT_STREQ(name(ClientTransport::kSecureWebSocket), "secure-websocket");
}

TEST(ClientAuthentication, ADigestIsOfNameAndPassword) {
  // hashlib.sha256(b"user\0secret") of Python
  const std::string expected =
      "\xea\x29\x14\x97\xe3\x03\x2d\x57\x50\x15\xbd\x72\xd2\x05\x85\x8f"
      "\xaa\xbd\xf0\x32\x16\x9d\x42\xcc\x84\xa2\x75\x21\xbc\x3a\x4a\x49";
  EXPECT_EQ(password_digest("user", "secret"), expected);
  EXPECT_NE(password_digest("users", "ecret"), expected);
  EXPECT_EQ(password_digest("", "").size(), 32U);
}

}  // namespace
}  // namespace millrace::registry_client
