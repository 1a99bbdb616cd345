// SPDX-License-Identifier: Apache-2.0
#include "query/diagnosis.h"

#include <gmock/gmock.h>

namespace millrace::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class DiagnosisTest : public testing::Test {
 protected:
  DiagnosisTest() {
    deployment_.now = time::from_unix_us(1'000'000'000'000'000);
    deployment_.services = std::vector<status::v1::ServiceStatus>();
    for (const char* service : {"http-receiver", "mqtt-receiver", "epts", "registry", "query"}) {
      add(service, service);
    }
    bus::StreamState stream;
    stream.max_bytes = 1000;
    stream.created = "then";
    stream.last_sequence = 50;
    deployment_.stream = stream;
    deployment_.consumer = bus::ConsumerState{};
    time_series::DatabaseState database;
    database.version = "15.5";
    database.connections = 10;
    database.max_connections = 97;
    deployment_.database = database;
    time_series::Ledger ledger;
    ledger.stream_created = "then";
    ledger.messages_before = 10;
    ledger.messages = 40;
    ledger.samples_stored = 100;
    deployment_.ledger = ledger;
    deployment_.difference = 0;
    deployment_.rejections = std::vector<time_series::RejectionCount>();
  }

  status::v1::ServiceStatus& add(const std::string& service, const std::string& name,
                                 const std::string& version = "1.0") {
    status::v1::ServiceStatus status;
    status.set_service(service);
    status.set_instance_name(name);
    status.set_version(version);
    status.set_started_at_us(time::to_unix_us(deployment_.now - std::chrono::hours{3}));
    auto& condition = *status.add_conditions();
    condition.set_name("nats");
    condition.set_met(true);
    deployment_.services->push_back(status);
    return deployment_.services->back();
  }
  void remove(const std::string& service) {
    std::erase_if(*deployment_.services,
                  [&](const auto& status) { return status.service() == service; });
  }
  std::vector<std::string> found(const std::set<std::string>& without = {}) const {
    std::vector<std::string> texts;
    const auto response = diagnose(deployment_, without);
    for (const v1::Finding& finding : response.findings()) {
      EXPECT_FALSE(finding.action().empty()) << finding.what();
      texts.push_back((finding.severity() == v1::Finding::SEVERITY_ERROR ? "E " : "W ") +
                      finding.what());
    }
    return texts;
  }

  Deployment deployment_;
};

TEST_F(DiagnosisTest, FindsNothingWhereAllIsWell) {
  EXPECT_THAT(found(), IsEmpty());
  const auto response = diagnose(deployment_, {});
  EXPECT_EQ(response.parts_size(), 7);
  for (const v1::PartStatus& part : response.parts()) EXPECT_TRUE(part.healthy()) << part.part();
  EXPECT_EQ(response.ledger().messages_received(), 40);
  EXPECT_EQ(response.ledger().messages_ended(), 40);
  EXPECT_EQ(response.ledger().messages_in_flight(), 0);
  EXPECT_EQ(response.ledger().samples_stored(), 100);
}

TEST_F(DiagnosisTest, TheLedgerAlwaysAddsUp) {
  deployment_.stream->last_sequence = 60;
  deployment_.stream->messages = 7;
  deployment_.difference = 3;
  const v1::Ledger ledger = diagnose(deployment_, {}).ledger();
  EXPECT_EQ(ledger.messages_received(), 50);
  EXPECT_EQ(ledger.messages_received(),
            ledger.messages_ended() + ledger.messages_in_flight() + ledger.difference());
  EXPECT_THAT(found(), ElementsAre("E 3 messages left the stream without coming to an end"));
  deployment_.difference = -1;
  EXPECT_THAT(found(), ElementsAre("E 1 message ended more often than the stream had them"));
}

TEST_F(DiagnosisTest, NamesServicesThatDoNotAnswerAndWhatThatMeans) {
  remove("epts");
  deployment_.stream->messages = 12'431;
  deployment_.stream->oldest = deployment_.now - std::chrono::minutes{3};
  EXPECT_THAT(found(), ElementsAre("E epts does not answer: nothing is stored; 12,431 messages "
                                   "wait, the oldest since 3 min"));
}

TEST_F(DiagnosisTest, ServicesThatThereNeverWereAreNotMissed) {
  remove("mqtt-receiver");
  EXPECT_THAT(found(), ElementsAre("W mqtt-receiver does not answer: nothing is taken over MQTT"));
  EXPECT_THAT(found({"mqtt-receiver"}), IsEmpty());
}

TEST_F(DiagnosisTest, SaysWhatAServiceWaitsFor) {
  auto& condition = *add("http-receiver", "http-receiver-2").add_conditions();
  condition.set_name("registry");
  condition.set_detail("no answer");
  EXPECT_THAT(found(), ElementsAre("E http-receiver-2 is not ready: registry: no answer"));
}

TEST_F(DiagnosisTest, FindsReplicasOfDifferentVersions) {
  add("epts", "epts-2", "1.1");
  EXPECT_THAT(found(), ElementsAre("W replicas of epts run different versions: 1.0, 1.1"));
}

TEST_F(DiagnosisTest, FindsAStreamThatFillsUp) {
  deployment_.stream->bytes = 799;
  EXPECT_THAT(found(), IsEmpty());
  deployment_.stream->bytes = 834;
  EXPECT_THAT(found(), ElementsAre("W the stream is 83 % full (834 B of 1000 B)"));
  deployment_.stream->bytes = 999;
  EXPECT_THAT(found(), ElementsAre(HasSubstr("full (999 B of 1000 B): uploads are answered 503")));
  deployment_.stream->max_bytes.reset();
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(DiagnosisTest, FindsABacklogThatIsOld) {
  deployment_.stream->messages = 5;
  deployment_.consumer->undelivered = 5;
  deployment_.stream->oldest = deployment_.now - std::chrono::seconds{59};
  EXPECT_THAT(found(), IsEmpty());
  deployment_.stream->oldest = deployment_.now - std::chrono::seconds{90};
  EXPECT_THAT(found(),
              ElementsAre("W epts does not keep up; 5 messages wait, the oldest since 90 s"));
}

TEST_F(DiagnosisTest, TellsWhatAKilledServerHasAgainFromABacklog) {
  deployment_.stream->messages = 3;
  deployment_.stream->oldest = deployment_.now - std::chrono::hours{2};
  deployment_.consumer->undelivered = 0;
  EXPECT_THAT(found(), ElementsAre("W 3 messages in the stream ended long ago and are given to "
                                   "nobody: nats-server was killed"));
}

TEST_F(DiagnosisTest, GoesOnWithoutNats) {
  deployment_.services = absl::UnavailableError("not connected to NATS");
  deployment_.stream = deployment_.services.status();
  deployment_.difference.reset();
  EXPECT_THAT(found(), ElementsAre(HasSubstr("E nats-server cannot be asked: not connected")));
}

TEST_F(DiagnosisTest, GoesOnWithoutPostgresql) {
  deployment_.database = absl::UnavailableError("connection refused");
  deployment_.ledger = deployment_.database.status();
  deployment_.rejections = deployment_.database.status();
  deployment_.difference.reset();
  EXPECT_THAT(found(), ElementsAre(HasSubstr("E PostgreSQL cannot be read: connection refused")));
}

TEST_F(DiagnosisTest, FindsConnectionsThatRunOut) {
  deployment_.database->connections = 90;
  EXPECT_THAT(found(), ElementsAre("W PostgreSQL has 90 of 97 connections in use"));
}

TEST_F(DiagnosisTest, SaysWhoseSamplesWereRejected) {
  deployment_.rejections->push_back({"greenhouse", "station-1", "timestamp_invalid", 1312});
  EXPECT_THAT(found(), ElementsAre("W rejected samples in the last hour: 1,312 of endpoint "
                                   "station-1 (greenhouse): timestamp_invalid"));
}

TEST_F(DiagnosisTest, FindsTerminatedMessages) {
  (*deployment_.services->at(2).mutable_figures())["millrace_epts_terminated_total"] = 2;
  EXPECT_THAT(found(), ElementsAre("W 2 messages were terminated since epts started"));
}

TEST_F(DiagnosisTest, ALedgerOfAnotherStreamIsNoDifference) {
  deployment_.stream->created = "later";
  deployment_.difference.reset();
  EXPECT_THAT(found(), ElementsAre(HasSubstr("W the ledger is of another stream")));
}

TEST_F(DiagnosisTest, PutsTheGravestFirst) {
  remove("mqtt-receiver");
  remove("epts");
  EXPECT_THAT(found(), ElementsAre(HasSubstr("E epts"), HasSubstr("W mqtt-receiver")));
}

}  // namespace
}  // namespace millrace::query
