// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/authenticator.h"

#include "mqtt-receiver/loopback.h"

namespace millrace::mqtt_receiver {
namespace {

using registry_client::AuthenticationRules;
using registry_client::ClientTransport;
using registry_client::Verdict;
using Result = Verdict::Result;
using mqtt::client_bytes::pingreq;

TEST(Authenticator, TheVerdictComesByMailWithWhatWasChecked) {
  FakeCredentials directory;
  directory.answer(Result::kAccepted, {.basic_id = 42, .certificate_id = 0});
  Authenticator authenticator(directory);
  int wakes = 0;
  Mailbox box([&] { ++wakes; });
  authenticator.check({"pump", "secret", std::nullopt}, ClientTransport::kTls, {&box, 7});
  EXPECT_EQ(directory.last().user_name, "pump");
  EXPECT_EQ(wakes, 1);
  Mail mail;
  box.take(mail);
  ASSERT_EQ(mail.checked.size(), 1U);
  EXPECT_EQ(mail.checked[0].connection, 7U);
  EXPECT_EQ(mail.checked[0].credentials.password, "secret");
  EXPECT_EQ(mail.checked[0].verdict.shown.basic_id, 42);
  EXPECT_TRUE(authenticator.is_current(mail.checked[0].verdict));
}

TEST(Authenticator, AVerdictInTheWordsOfMqtt) {
  const auto code = [](Result result) { return to_mqtt({result, {}, "why", 0}).reason_code; };
  EXPECT_EQ(code(Result::kAccepted), mqtt::ReasonCode::kSuccess);
  EXPECT_EQ(code(Result::kBadUserNameOrPassword), mqtt::ReasonCode::kBadUserNameOrPassword);
  EXPECT_EQ(code(Result::kCertificateNotAccepted), mqtt::ReasonCode::kNotAuthorized);
  EXPECT_EQ(code(Result::kForbidden), mqtt::ReasonCode::kNotAuthorized);
  EXPECT_EQ(code(Result::kUnavailable), mqtt::ReasonCode::kServerUnavailable);
  EXPECT_EQ(to_mqtt({Result::kForbidden, {}, "suspended", 0}).reason, "suspended");
}

// Through sockets, with a directory that the test plays.
class AuthenticatedConnectionTest : public LoopbackTest {};

TEST_F(AuthenticatedConnectionTest, WhatConnectSaysIsChecked) {
  listen();
  Device device = this->device();
  mqtt::client_bytes::ConnectFields fields;
  fields.flags = 0xC2;
  const std::string credentials =
      mqtt::client_bytes::text("pump") + mqtt::client_bytes::text("secret");
  fields.after_client_id = credentials;
  device.send(mqtt::client_bytes::connect(fields));
  EXPECT_EQ(device.next(), "CONNACK 0");
  EXPECT_EQ(credentials_.last().user_name, "pump");
  EXPECT_EQ(credentials_.last().password, "secret");
  EXPECT_FALSE(credentials_.last().certificate.has_value());
}

TEST_F(AuthenticatedConnectionTest, WhoIsRefusedIsToldAndClosed) {
  const std::pair<Result, const char*> refusals[] = {{Result::kBadUserNameOrPassword, "CONNACK 4"},
                                                     {Result::kForbidden, "CONNACK 5"},
                                                     {Result::kUnavailable, "CONNACK 3"}};
  listen();
  for (const auto& [result, connack] : refusals) {
    credentials_.answer(result);
    Device device = this->device();
    EXPECT_EQ(device.connect("d"), connack);
    EXPECT_EQ(device.next(), "closed");
  }
  EXPECT_TRUE(eventually([&] { return closed(CloseReason::kCredentialsRefused) == 2; }));
  EXPECT_TRUE(eventually([&] { return closed(CloseReason::kAuthenticationUnavailable) == 1; }));
  EXPECT_EQ(begun("refused"), 3);
}

TEST_F(AuthenticatedConnectionTest, RevokedCredentialsCutTheSessionsThatHaveShownThem) {
  listen();
  credentials_.answer(Result::kAccepted, {.basic_id = 5, .certificate_id = 8});
  Device by_name = device();
  by_name.connect("by name");
  Device by_certificate = device();
  by_certificate.connect("by certificate");
  credentials_.answer(Result::kAccepted, {.basic_id = 6, .certificate_id = 0});
  Device other = device();
  other.connect("other");

  listener_->revoke_credentials(8);
  EXPECT_EQ(by_certificate.next(), "closed");
  EXPECT_EQ(by_name.next(), "closed");
  listener_->revoke_credentials(5);
  other.send(pingreq());
  EXPECT_EQ(other.next(), "PINGRESP");
  listener_->revoke_credentials(6);
  EXPECT_EQ(other.next(), "closed");
  EXPECT_EQ(closed(CloseReason::kCredentialsRevoked), 3);
}

TEST_F(AuthenticatedConnectionTest, NewRulesCutTheSessionsThatHaveNotShownEnough) {
  listen();
  Device stranger = device();
  stranger.connect("stranger");
  credentials_.answer(Result::kAccepted, {.basic_id = 5, .certificate_id = 0});
  Device known = device();
  known.connect("known");

  AuthenticationRules rules;
  rules.by_transport[static_cast<std::size_t>(ClientTransport::kTls)].password = true;
  listener_->change_rules(rules);
  stranger.send(pingreq());
  EXPECT_EQ(stranger.next(), "PINGRESP") << "another transport";
  rules.by_transport[static_cast<std::size_t>(ClientTransport::kTcp)].password = true;
  listener_->change_rules(rules);
  EXPECT_EQ(stranger.next(), "closed");
  known.send(pingreq());
  EXPECT_EQ(known.next(), "PINGRESP");
  EXPECT_EQ(closed(CloseReason::kAuthenticationChanged), 1);
}

TEST_F(AuthenticatedConnectionTest, AVerdictThatIsOutOfDateIsAskedForAgain) {
  listen();
  credentials_.answer(Result::kAccepted, {.basic_id = 5, .certificate_id = 0}, /*stale=*/2);
  Device device = this->device();
  EXPECT_EQ(device.connect("d"), "CONNACK 0");
  EXPECT_EQ(credentials_.checks(), 3);
}

TEST_F(AuthenticatedConnectionTest, RulesThatComeDuringACheckDoNotCut) {
  listen();
  Device device = this->device();
  AuthenticationRules rules;
  rules.by_transport[static_cast<std::size_t>(ClientTransport::kTcp)].password = true;
  listener_->change_rules(rules);
  credentials_.answer(Result::kAccepted, {.basic_id = 5, .certificate_id = 0});
  EXPECT_EQ(device.connect("d"), "CONNACK 0") << "it is checked by the new rules";
}

}  // namespace
}  // namespace millrace::mqtt_receiver
