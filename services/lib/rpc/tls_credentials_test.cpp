// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/tls_credentials.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/error/error.h"
#include "lib/rpc/health_fixture.h"
#include "lib/rpc/server.h"
#include "lib/tls/certificate_fixture.h"

namespace millrace::rpc {
namespace {

using ::testing::HasSubstr;

class RpcOverTls : public ::testing::Test {
 protected:
  RpcOverTls() : first_(tls::made_pair("first")), files_(first_), authorities_(first_) {
    certificate_ = tls::ServerCertificate::load(files_.files(), "", platform_).value();
    ServerOptions options;
    options.listen = {"127.0.0.1", 0};
    options.certificate = certificate_;
    server_ = Server::start(options, {}, platform_).value();
  }

  // Of a client that trusts `authorities` only, on a connection of its own.
  absl::StatusOr<std::string> ask(const std::string& authorities) {
    authorities_.write_certificate(authorities);
    ChannelTls tls;
    tls.authorities = authorities_.files().certificate;
    return ask_with(channel_credentials(tls).value());
  }
  absl::StatusOr<std::string> ask_with(std::shared_ptr<grpc::ChannelCredentials> credentials) {
    ChannelOptions options{fmt::format("localhost:{}", server_->port()), ""};
    options.own_connection = true;
    options.credentials = std::move(credentials);
    return health_of(Channel(std::move(options)));
  }

  log::Logger log_{"test", log::Level::kFatal};
  metrics::Registry metrics_;
  process::Readiness readiness_;
  time::SystemClock clock_;
  process::Platform platform_{log_, metrics_, readiness_, clock_};
  const tls::MadePair first_;
  tls::PairFiles files_;
  tls::PairFiles authorities_;
  std::shared_ptr<tls::ServerCertificate> certificate_;
  std::unique_ptr<Server> server_;
};

TEST_F(RpcOverTls, AnswersWhoTrustsTheCertificate) {
  const auto answer = ask(first_.certificate);
  EXPECT_TRUE(answer.ok()) << answer.status();
}

TEST_F(RpcOverTls, WhoTrustsAnotherOneIsToldThatTheHandshakeFailed) {
  const absl::Status refused = ask(tls::made_pair("other").certificate).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(error::message(refused), HasSubstr("over TLS"));
}

TEST_F(RpcOverTls, WhoSpeaksWithoutTlsIsNotAnswered) {
  EXPECT_EQ(ask_with(nullptr).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(RpcOverTls, AReloadCountsForNewConnections) {
  const tls::MadePair second = tls::made_pair("second");
  files_.write(second);
  ASSERT_TRUE(certificate_->reload().ok());
  EXPECT_TRUE(ask(second.certificate).ok());
  EXPECT_FALSE(ask(first_.certificate).ok());
  files_.write_key("broken");
  ASSERT_FALSE(certificate_->reload().ok());
  EXPECT_TRUE(ask(second.certificate).ok());
}

TEST(ChannelTls, IsOffUnlessAskedFor) {
  EXPECT_EQ(channel_credentials({}).value(), nullptr);
  ChannelTls system;
  system.enabled = true;
  EXPECT_NE(channel_credentials(system).value(), nullptr);
}

TEST(ChannelTls, AFileOfAuthoritiesThatCannotBeUsedIsNamed) {
  ChannelTls tls;
  tls.authorities = "/no/such.pem";
  EXPECT_THAT(error::message(channel_credentials(tls).status()),
              HasSubstr("cannot read the file of certificate authorities /no/such.pem: No such"));
}

}  // namespace
}  // namespace millrace::rpc
