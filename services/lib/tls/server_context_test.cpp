// SPDX-License-Identifier: Apache-2.0
//
// What a client meets is tested where there are sockets: lib/http/tls_test.cpp.
#include "lib/tls/server_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "lib/error/error.h"
#include "lib/tls/certificate_fixture.h"

namespace millrace::tls {
namespace {

using testing::HasSubstr;

TEST(ServerContext, KnowsNothingBelowTls12) {
  const MadePair made = made_pair();
  const auto context = make_server_context({made.certificate, made.key, {}}, "");
  ASSERT_TRUE(context.ok()) << context.status();
  SSL_CTX* const native = (*context)->native_handle();
  EXPECT_EQ(SSL_CTX_get_min_proto_version(native), TLS1_2_VERSION);
  EXPECT_EQ(SSL_CTX_get_max_proto_version(native), 0);  // no bound
  STACK_OF(SSL_CIPHER)* const ciphers = SSL_CTX_get_ciphers(native);
  ASSERT_GT(sk_SSL_CIPHER_num(ciphers), 0);
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    const SSL_CIPHER* const cipher = sk_SSL_CIPHER_value(ciphers, i);
    EXPECT_TRUE(SSL_CIPHER_is_aead(cipher)) << SSL_CIPHER_get_name(cipher);
    EXPECT_NE(SSL_CIPHER_get_kx_nid(cipher), NID_kx_rsa) << SSL_CIPHER_get_name(cipher);
  }
}

TEST(ServerContext, SendsTheChain) {
  const MadePair made = made_pair();
  const std::string chain = made_pair("a").certificate + made_pair("b").certificate;
  const auto context = make_server_context({made.certificate + chain, made.key, {}}, "");
  ASSERT_TRUE(context.ok()) << context.status();
  STACK_OF(X509)* sent = nullptr;
  SSL_CTX_get0_chain_certs((*context)->native_handle(), &sent);
  EXPECT_EQ(sk_X509_num(sent), 2);
}

TEST(ServerContext, APairThatOpensslRefusesIsAnError) {
  const MadePair weak = made_weak_pair();
  EXPECT_THAT(error::message(make_server_context({weak.certificate, weak.key, {}}, "").status()),
              HasSubstr("cannot use the certificate: ee key too small"));
  EXPECT_THAT(error::message(make_server_context({"", "", {}}, "").status()),
              HasSubstr("cannot use the certificate"));
}

}  // namespace
}  // namespace millrace::tls
