// SPDX-License-Identifier: Apache-2.0
#include "registry/events.h"

#include <gmock/gmock.h>

#include "lib/bus/subjects.h"
#include "lib/error/error.h"

#include "millrace/configuration/v1/configuration.pb.h"
#include "millrace/identity/v1/api_key.pb.h"
#include "millrace/identity/v1/application.pb.h"
#include "millrace/identity/v1/client_credentials.pb.h"
#include "millrace/identity/v1/token.pb.h"

namespace millrace::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class EventsTest : public ::testing::Test {
 protected:
  absl::Status publish(const std::string& subject, const std::string& bytes) {
    subject_ = subject;
    bytes_ = bytes;
    return outcome_;
  }
  static OwnedToken token_with(v1::TokenState state) {
    OwnedToken owned;
    owned.application_name = "demo";
    owned.token.set_token_id(42);
    owned.token.set_endpoint_id("sensor-1");
    owned.token.set_state(state);
    return owned;
  }

  std::string subject_;
  std::string bytes_;
  absl::Status outcome_;
  log::Logger log_{"test", log::Level::kError};
  metrics::Registry metrics_;
  process::Readiness readiness_;
  time::ManualClock clock_;
  process::Platform platform_{log_, metrics_, readiness_, clock_};
  Events events_{[this](const std::string& s, const std::string& b) { return publish(s, b); },
                 platform_};
};

TEST_F(EventsTest, ATokenThatMayNoLongerBeUsedIsRevoked) {
  for (const auto state : {v1::TOKEN_STATE_SUSPENDED, v1::TOKEN_STATE_REVOKED}) {
    ASSERT_TRUE(events_.token_changed(token_with(state)).ok());
    EXPECT_EQ(subject_, bus::subjects::kTokenRevoked);
  }
  identity::v1::EndpointTokenEvent event;
  ASSERT_TRUE(event.ParseFromString(bytes_));
  EXPECT_EQ(event.application_name(), "demo");
  EXPECT_EQ(event.endpoint_id(), "sensor-1");
  EXPECT_THAT(event.token_ids(), ElementsAre(42));
  EXPECT_EQ(event.timestamp_us(), time::to_unix_us(clock_.now()));
  EXPECT_FALSE(event.correlation_id().empty());
}

TEST_F(EventsTest, CredentialsAreRevokedOrActivatedByTheirKind) {
  v1::ClientCredentials credentials;
  credentials.set_credentials_id(42);
  credentials.set_user_name("pump-7");
  credentials.set_state(v1::TOKEN_STATE_SUSPENDED);
  ASSERT_TRUE(events_.credentials_changed(credentials).ok());
  EXPECT_EQ(subject_, bus::subjects::kBasicCredentialsRevoked);
  identity::v1::ClientCredentialsEvent event;
  ASSERT_TRUE(event.ParseFromString(bytes_));
  EXPECT_THAT(event.credentials_ids(), ElementsAre(42));
  EXPECT_EQ(event.timestamp_us(), time::to_unix_us(clock_.now()));
  EXPECT_FALSE(event.correlation_id().empty());
  credentials.set_state(v1::TOKEN_STATE_INACTIVE);
  ASSERT_TRUE(events_.credentials_changed(credentials).ok());
  EXPECT_EQ(subject_, bus::subjects::kBasicCredentialsActivated);

  credentials.mutable_certificate()->set_issuer("CN=a");
  ASSERT_TRUE(events_.credentials_changed(credentials).ok());
  EXPECT_EQ(subject_, bus::subjects::kCertificateCredentialsActivated);
  credentials.set_state(v1::TOKEN_STATE_REVOKED);
  ASSERT_TRUE(events_.credentials_changed(credentials).ok());
  EXPECT_EQ(subject_, bus::subjects::kCertificateCredentialsRevoked);
}

TEST_F(EventsTest, NewRulesOfAuthenticationAreAnnounced) {
  ASSERT_TRUE(events_.authentication_changed(7).ok());
  EXPECT_EQ(subject_, bus::subjects::kClientAuthenticationUpdated);
  identity::v1::ClientAuthenticationEvent event;
  ASSERT_TRUE(event.ParseFromString(bytes_));
  EXPECT_EQ(event.version(), 7);
}

TEST_F(EventsTest, ANewOrActiveTokenIsActivated) {
  for (const auto state : {v1::TOKEN_STATE_INACTIVE, v1::TOKEN_STATE_ACTIVE}) {
    ASSERT_TRUE(events_.token_changed(token_with(state)).ok());
    EXPECT_EQ(subject_, bus::subjects::kTokenActivated);
  }
}

TEST_F(EventsTest, RevokedKeysAreNamedByTheirIds) {
  ASSERT_TRUE(events_.keys_revoked({3, 4}).ok());
  EXPECT_EQ(subject_, bus::subjects::kApiKeyRevoked);
  identity::v1::ApiKeyEvent event;
  ASSERT_TRUE(event.ParseFromString(bytes_));
  EXPECT_THAT(event.key_ids(), ElementsAre(3, 4));
}

TEST_F(EventsTest, AChangedConfigurationNamesItsApplication) {
  ASSERT_TRUE(events_.configuration_changed("demo").ok());
  EXPECT_EQ(subject_, bus::subjects::kConfigurationUpsert);
  configuration::v1::ConfigurationEvent event;
  ASSERT_TRUE(event.ParseFromString(bytes_));
  EXPECT_EQ(event.application_name(), "demo");
}

TEST_F(EventsTest, AnUpdatedApplicationIsNamed) {
  ASSERT_TRUE(events_.application_updated("demo").ok());
  EXPECT_EQ(subject_, bus::subjects::kApplicationUpdated);
  identity::v1::ApplicationEvent event;
  ASSERT_TRUE(event.ParseFromString(bytes_));
  EXPECT_EQ(event.application_name(), "demo");
  EXPECT_EQ(event.timestamp_us(), time::to_unix_us(clock_.now()));
  EXPECT_EQ(event.token_ids_size(), 0);
  ASSERT_TRUE(events_.application_updated("demo", {7, 8}).ok());
  ASSERT_TRUE(event.ParseFromString(bytes_));
  EXPECT_THAT(event.token_ids(), ElementsAre(7, 8));
}

TEST_F(EventsTest, ALostEventIsCountedAndTold) {
  outcome_ = absl::UnavailableError("not connected");
  const absl::Status status = events_.configuration_changed("demo");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(error::message(status), HasSubstr("the change is stored"));
  EXPECT_THAT(error::message(status), HasSubstr("within a minute of reaching the registry"))
      << "not within a minute: while they do not reach it they use what they know";
  EXPECT_THAT(metrics_.expose(), HasSubstr("{event=\"configuration_upsert\",outcome=\"lost\"} 1"));
}

}  // namespace
}  // namespace millrace::registry
