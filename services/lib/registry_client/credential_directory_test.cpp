// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/credential_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/bus/subjects.h"
#include "lib/registry_client/fake_connection.h"

#include "millrace/identity/v1/client_credentials.pb.h"

namespace millrace::registry_client {
namespace {

namespace subjects = bus::subjects;
using identity::v1::ClientAuthenticationResponse;
using identity::v1::ClientCredentialsResponse;
using Result = Verdict::Result;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Status kAway = absl::UnavailableError("nobody serves it");

class CredentialDirectoryTest : public ::testing::Test {
 protected:
  CredentialDirectoryTest() {
    options_.max_waiting = 5;
    options_.max_in_flight = 2;
    open();
  }

  void open() {
    directory_.reset();
    bus_.questions.clear();
    auto made = CredentialDirectory::create(
        bus_, options_,
        {.on_revoked = [this](std::int64_t id) { revoked_.push_back(id); },
         .on_rules_changed = [this](const AuthenticationRules& rules) { rules_.push_back(rules); }},
        outside_.platform);
    ASSERT_TRUE(made.ok()) << made.status();
    directory_ = *std::move(made);
  }

  // Of all transports; a certificate where there is TLS.
  ClientAuthenticationResponse rules(bool password, bool certificate, std::int64_t revision = 1) {
    ClientAuthenticationResponse response;
    response.set_status_code(200);
    response.set_revision(revision);
    for (int transport = 1; transport <= 4; ++transport) {
      auto& entry = *response.mutable_authentication()->add_transports();
      entry.set_transport(static_cast<identity::v1::ClientTransport>(transport));
      entry.set_password_required(password);
      entry.set_certificate_required(certificate && transport % 2 == 0);
    }
    return response;
  }
  void know_rules(bool password, bool certificate = false) {
    ASSERT_THAT(bus_.questions, SizeIs(1));
    bus_.answer(rules(password, certificate).SerializeAsString());
  }
  static std::string credentials_answer(int status, std::int64_t id = 0,
                                        const std::string& reason = "") {
    ClientCredentialsResponse response;
    response.set_status_code(status);
    response.set_credentials_id(id);
    response.set_reason_phrase(reason);
    return response.SerializeAsString();
  }
  static std::string revoked_event(std::int64_t id) {
    identity::v1::ClientCredentialsEvent event;
    event.add_credentials_ids(id);
    return event.SerializeAsString();
  }

  void check(const ClientCredentials& credentials,
             ClientTransport transport = ClientTransport::kTcp) {
    directory_->check(credentials, transport,
                      [this](const Verdict& verdict) { verdicts_.push_back(verdict); });
  }
  void check(const std::string& user_name, const std::string& password) {
    check({.user_name = user_name, .password = password, .certificate = std::nullopt});
  }
  // The newest verdict, which there must be.
  Verdict verdict() {
    if (verdicts_.empty()) return {Result::kUnavailable, {}, "there is no verdict"};
    return verdicts_.back();
  }

  FakeOutside outside_;
  FakeConnection bus_;
  CredentialDirectoryOptions options_;
  std::vector<Verdict> verdicts_;
  std::vector<std::int64_t> revoked_;
  std::vector<AuthenticationRules> rules_;
  std::unique_ptr<CredentialDirectory> directory_;
};

TEST_F(CredentialDirectoryTest, WhatIsNotRequiredIsNotLookedAt) {
  know_rules(false);
  EXPECT_THAT(rules_, ElementsAre(AuthenticationRules{}));
  check("anybody", "anything");
  EXPECT_EQ(verdict().result, Result::kAccepted);
  EXPECT_EQ(verdict().shown, ShownCredentials{});
  EXPECT_TRUE(directory_->is_current(verdict()));
  EXPECT_THAT(bus_.questions, IsEmpty());
}

TEST_F(CredentialDirectoryTest, APasswordIsAskedAboutByItsDigest) {
  know_rules(true);
  EXPECT_TRUE(rules_.back().of(ClientTransport::kTcp).password);
  check("pump-7", "secret");
  ASSERT_THAT(bus_.questions, SizeIs(1));
  EXPECT_EQ(bus_.questions.front().subject, subjects::kBasicCredentialsRequest);
  EXPECT_THAT(bus_.questions.front().payload, Not(HasSubstr("secret")));
  identity::v1::BasicCredentialsRequest request;
  ASSERT_TRUE(request.ParseFromString(bus_.questions.front().payload));
  EXPECT_EQ(request.user_name(), "pump-7");
  EXPECT_EQ(request.password_digest(), password_digest("pump-7", "secret"));
  bus_.answer(credentials_answer(200, 42));
  EXPECT_EQ(verdict().result, Result::kAccepted);
  EXPECT_EQ(verdict().shown.basic_id, 42);

  check("pump-7", "secret");
  EXPECT_THAT(verdicts_, SizeIs(2)) << "from the cache";
  check("pump-7", "Secret");
  bus_.answer(credentials_answer(401, 0, "wrong password"));
  EXPECT_EQ(verdict().result, Result::kBadUserNameOrPassword);
  EXPECT_EQ(verdict().reason, "wrong password");
  check("pump-7", "Secret");
  EXPECT_THAT(bus_.questions, IsEmpty()) << "refused from the cache";
  EXPECT_THAT(verdicts_, SizeIs(4));
}

TEST_F(CredentialDirectoryTest, NothingShownIsRefusedWithoutAQuestion) {
  know_rules(true, true);
  check({});
  EXPECT_EQ(verdict().result, Result::kBadUserNameOrPassword);
  check({.user_name = "pump", .password = std::nullopt, .certificate = std::nullopt});
  EXPECT_EQ(verdict().result, Result::kBadUserNameOrPassword);
  check(std::string(513, 'a'), "x");
  EXPECT_EQ(verdict().result, Result::kBadUserNameOrPassword);
  check({}, ClientTransport::kTls);
  EXPECT_EQ(verdict().result, Result::kCertificateNotAccepted);
  EXPECT_THAT(bus_.questions, IsEmpty());
}

TEST_F(CredentialDirectoryTest, WhereBothAreRequiredBothMustBeGood) {
  know_rules(true, true);
  const ClientCredentials both{"pump", "secret", ClientCertificate{"CN=Plant CA", "4711"}};
  check(both, ClientTransport::kTls);
  ASSERT_THAT(bus_.questions, SizeIs(1));
  EXPECT_EQ(bus_.questions.front().subject, subjects::kCertificateCredentialsRequest);
  identity::v1::CertificateCredentialsRequest request;
  ASSERT_TRUE(request.ParseFromString(bus_.questions.front().payload));
  EXPECT_EQ(request.issuer(), "CN=Plant CA");
  EXPECT_EQ(request.serial_number(), "4711");
  bus_.answer(credentials_answer(200, 1));
  ASSERT_THAT(bus_.questions, SizeIs(1));
  bus_.answer(credentials_answer(200, 2));
  EXPECT_EQ(verdict().result, Result::kAccepted);
  EXPECT_EQ(verdict().shown, (ShownCredentials{.basic_id = 2, .certificate_id = 1}));

  check({"pump", "wrong", ClientCertificate{"CN=Plant CA", "4711"}}, ClientTransport::kTls);
  bus_.answer(credentials_answer(401));
  EXPECT_EQ(verdict().result, Result::kBadUserNameOrPassword);
  EXPECT_EQ(verdict().shown, ShownCredentials{});
  check({"pump", "secret", ClientCertificate{"CN=Plant CA", "1"}}, ClientTransport::kTls);
  bus_.answer(credentials_answer(401, 0, "unknown certificate"));
  EXPECT_EQ(verdict().result, Result::kCertificateNotAccepted);
}

TEST_F(CredentialDirectoryTest, EqualChecksShareAQuestion) {
  know_rules(true);
  check("pump", "secret");
  check("pump", "secret");
  EXPECT_THAT(bus_.questions, SizeIs(1));
  bus_.answer(credentials_answer(200, 42));
  EXPECT_THAT(verdicts_, SizeIs(2));
}

TEST_F(CredentialDirectoryTest, OfManyQuestionsSomeAreInFlightAndTheOthersInLine) {
  know_rules(true);
  for (int i = 0; i < 5; ++i) check("pump " + std::to_string(i), "secret");
  EXPECT_THAT(bus_.questions, SizeIs(2));
  check("one too many", "secret");
  EXPECT_EQ(verdict().result, Result::kUnavailable);
  EXPECT_THAT(verdict().reason, HasSubstr("5 checks wait"));
  for (int i = 0; i < 5; ++i) bus_.answer(credentials_answer(200, i + 1));
  EXPECT_THAT(verdicts_, SizeIs(6));
  EXPECT_EQ(verdict().shown.basic_id, 5);
}

TEST_F(CredentialDirectoryTest, WhileTheRegistryIsAwayWhoIsKnownGoesOn) {
  know_rules(true);
  check("pump", "secret");
  bus_.answer(credentials_answer(200, 42));
  outside_.clock.advance(options_.accepted_expiry);
  check("pump", "secret");
  ASSERT_THAT(bus_.questions, SizeIs(1));
  bus_.answer(kAway);
  EXPECT_EQ(verdict().result, Result::kAccepted);
  check("pump", "secret");
  EXPECT_THAT(bus_.questions, IsEmpty()) << "it was away a moment ago";
  EXPECT_EQ(verdict().result, Result::kAccepted);

  check("valve", "secret");
  bus_.answer(kAway);
  EXPECT_EQ(verdict().result, Result::kUnavailable) << "never: wrong password";
}

TEST_F(CredentialDirectoryTest, NobodyWaitsForLongerThanOneTimeOut) {
  know_rules(true);
  for (int i = 0; i < 4; ++i) check("pump " + std::to_string(i), "secret");
  bus_.answer(absl::DeadlineExceededError("no answer in time"));
  EXPECT_THAT(verdicts_, SizeIs(3)) << "the one that was asked, and those in line";
  EXPECT_EQ(verdict().result, Result::kUnavailable);
  bus_.answer(credentials_answer(200, 2));
  EXPECT_EQ(verdict().result, Result::kAccepted);
}

TEST_F(CredentialDirectoryTest, UntilTheRulesAreKnownNobodyIsLetIn) {
  check("pump", "secret");
  bus_.answer(kAway);
  EXPECT_THAT(verdicts_, IsEmpty()) << "it waits for a while";
  outside_.clock.advance(seconds{2});
  directory_->keep_up();
  bus_.answer(kAway);
  check("valve", "secret");
  EXPECT_THAT(verdicts_, IsEmpty());
  outside_.clock.advance(seconds{1});
  directory_->keep_up();
  ASSERT_THAT(verdicts_, SizeIs(1)) << "not for longer than max_wait_for_rules";
  EXPECT_EQ(verdict().result, Result::kUnavailable);
  EXPECT_THAT(verdict().reason, HasSubstr("has not said yet"));
  know_rules(false);
  EXPECT_THAT(verdicts_, SizeIs(2));
  EXPECT_EQ(verdict().result, Result::kAccepted);
}

TEST_F(CredentialDirectoryTest, NotAnyNumberWaitsForTheRules) {
  for (int i = 0; i < 5; ++i) check({});
  EXPECT_THAT(verdicts_, IsEmpty());
  check({});
  EXPECT_EQ(verdict().result, Result::kUnavailable);
}

TEST_F(CredentialDirectoryTest, RulesAreKeptWhileTheRegistryIsAway) {
  know_rules(true);
  outside_.clock.advance(options_.rules_expiry);
  directory_->keep_up();
  bus_.answer(kAway);
  check({});
  EXPECT_EQ(verdict().result, Result::kBadUserNameOrPassword);
  EXPECT_THAT(rules_, SizeIs(1)) << "nothing has changed";
  directory_->keep_up();
  EXPECT_THAT(bus_.questions, IsEmpty()) << "a second's pause";
  outside_.clock.advance(seconds{1});
  directory_->keep_up();
  EXPECT_THAT(bus_.questions, SizeIs(1));
}

TEST_F(CredentialDirectoryTest, ChangedRulesAreTold) {
  know_rules(false);
  check({});
  const Verdict before = verdict();
  bus_.say(subjects::kClientAuthenticationUpdated, "");
  bus_.answer(rules(true, false, 2).SerializeAsString());
  ASSERT_THAT(rules_, SizeIs(2));
  EXPECT_TRUE(rules_.back().of(ClientTransport::kWebSocket).password);
  EXPECT_FALSE(directory_->is_current(before));
  check({});
  EXPECT_EQ(verdict().result, Result::kBadUserNameOrPassword);
  EXPECT_TRUE(directory_->is_current(verdict()));
}

TEST_F(CredentialDirectoryTest, AnEventDuringAQuestionAboutTheRulesAsksAgain) {
  bus_.say(subjects::kClientAuthenticationUpdated, "");
  ASSERT_THAT(bus_.questions, SizeIs(1));
  bus_.answer(rules(false, false).SerializeAsString());
  ASSERT_THAT(bus_.questions, SizeIs(1)) << "the answer may be from before the change";
  bus_.answer(rules(true, false, 2).SerializeAsString());
  EXPECT_TRUE(rules_.back().of(ClientTransport::kTcp).password);
}

TEST_F(CredentialDirectoryTest, RevokedCredentialsAreForgottenAndTold) {
  know_rules(true);
  check("pump", "secret");
  bus_.answer(credentials_answer(200, 42));
  const Verdict before = verdict();
  bus_.say(subjects::kBasicCredentialsRevoked, revoked_event(42));
  EXPECT_THAT(revoked_, ElementsAre(42));
  EXPECT_FALSE(directory_->is_current(before));
  check("pump", "secret");
  bus_.answer(credentials_answer(403, 42, "the client credentials are suspended"));
  EXPECT_EQ(verdict().result, Result::kForbidden);
  bus_.say(subjects::kCertificateCredentialsRevoked, revoked_event(43));
  EXPECT_THAT(revoked_, ElementsAre(42, 43));

  // Active again: the refusal is forgotten.
  bus_.say(subjects::kBasicCredentialsActivated, revoked_event(42));
  check("pump", "secret");
  bus_.answer(credentials_answer(200, 42));
  EXPECT_EQ(verdict().result, Result::kAccepted);
}

TEST_F(CredentialDirectoryTest, AnAnswerOvertakenByARevocationIsAskedForAgain) {
  know_rules(true);
  check("pump", "secret");
  bus_.say(subjects::kBasicCredentialsRevoked, revoked_event(42));
  bus_.answer(credentials_answer(200, 42));
  EXPECT_THAT(verdicts_, IsEmpty());
  bus_.answer(credentials_answer(403, 42));
  EXPECT_EQ(verdict().result, Result::kForbidden);

  check("valve", "secret");
  for (int i = 0; i < 4; ++i) {
    ASSERT_THAT(bus_.questions, SizeIs(1));
    bus_.say(subjects::kBasicCredentialsRevoked, revoked_event(i));
    bus_.answer(credentials_answer(200, 43));
  }
  EXPECT_EQ(verdict().result, Result::kUnavailable) << "there is an end to it";
}

TEST_F(CredentialDirectoryTest, WhatWasRevokedUnheardIsFoundByAsking) {
  know_rules(true);
  bus_.reconnect();
  identity::v1::ClientAuthenticationRequest request;
  ASSERT_TRUE(request.ParseFromString(bus_.questions.front().payload));
  EXPECT_EQ(request.known_revision(), 1);
  auto news = rules(true, false, 3);
  news.add_revoked_credentials_ids(7);
  news.add_revoked_credentials_ids(8);
  news.set_more_revoked(true);
  bus_.answer(news.SerializeAsString());
  EXPECT_THAT(revoked_, ElementsAre(7, 8));
  ASSERT_THAT(bus_.questions, SizeIs(1)) << "there is more";
  ASSERT_TRUE(request.ParseFromString(bus_.questions.front().payload));
  EXPECT_EQ(request.known_revision(), 3);
  bus_.answer(rules(true, false, 4).SerializeAsString());
  EXPECT_THAT(bus_.questions, IsEmpty());
  EXPECT_THAT(rules_, SizeIs(1));
}

TEST_F(CredentialDirectoryTest, AnotherDatabaseMakesItForgetEverything) {
  bus_.answer(rules(true, false, 9).SerializeAsString());
  check("pump", "secret");
  bus_.answer(credentials_answer(200, 42));
  outside_.clock.advance(options_.rules_expiry);
  directory_->keep_up();
  bus_.answer(rules(true, false, 2).SerializeAsString());
  check("pump", "secret");
  EXPECT_THAT(bus_.questions, SizeIs(1)) << "42 may be somebody else now";
}

TEST_F(CredentialDirectoryTest, AnEventThatCannotBeReadIsMadeUpForByAsking) {
  know_rules(true);
  bus_.say(subjects::kBasicCredentialsRevoked, "\xFF");
  ASSERT_THAT(bus_.questions, SizeIs(1));
  EXPECT_EQ(bus_.questions.front().subject, subjects::kClientAuthenticationRequest);
}

TEST_F(CredentialDirectoryTest, AStormOfWrongPasswordsStaysHere) {
  options_.max_refused_per_second = 5;
  options_.max_refused_per_second_per_user_name = 2;
  open();
  know_rules(true);
  check("good", "secret");
  bus_.answer(credentials_answer(200, 42));
  int asked = 0;
  for (int i = 0; i < 100; ++i) {
    check("victim", "guess " + std::to_string(i));
    if (bus_.questions.empty()) continue;
    ++asked;
    bus_.answer(credentials_answer(401));
  }
  EXPECT_EQ(asked, 2) << "of one name";
  EXPECT_EQ(verdict().result, Result::kUnavailable);
  for (int i = 0; i < 100; ++i) {
    check("name " + std::to_string(i), "guess");
    if (bus_.questions.empty()) continue;
    ++asked;
    bus_.answer(credentials_answer(401));
  }
  EXPECT_EQ(asked, 5) << "in all";
  check("good", "secret");
  EXPECT_EQ(verdict().result, Result::kAccepted) << "who is known does not feel it";
  outside_.clock.advance(seconds{1});
  check("new", "secret");
  bus_.answer(credentials_answer(200, 43));
  EXPECT_EQ(verdict().result, Result::kAccepted);
}

TEST_F(CredentialDirectoryTest, WhatWaitsIsAnsweredAtTheEnd) {
  check({});
  directory_.reset();
  EXPECT_EQ(verdict().result, Result::kUnavailable);
  open();
  know_rules(true);
  check("pump", "secret");
  directory_.reset();
  EXPECT_THAT(verdicts_, SizeIs(2));
  EXPECT_EQ(verdict().result, Result::kUnavailable);
  bus_.answer(credentials_answer(200, 42));
  EXPECT_THAT(verdicts_, SizeIs(2)) << "nobody listens any more";
}

}  // namespace
}  // namespace millrace::registry_client
