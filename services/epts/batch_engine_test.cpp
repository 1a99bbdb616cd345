// SPDX-License-Identifier: Apache-2.0
#include "epts/batch_engine.h"

#include <algorithm>
#include <optional>

#include <gtest/gtest.h>

#include "epts/fakes.h"

#include "millrace/telemetry/v1/data_points.pb.h"

namespace millrace::epts {
namespace {

using std::chrono::milliseconds;
using time_series::Delivery;

std::int64_t seq(std::int64_t message, std::int64_t index = 0) {
  return (message << kSampleIndexBits) + index;
}

class BatchEngineTest : public testing::Test {
 protected:
  BatchEngine& engine() {
    if (!engine_) {
      engine_.emplace(
          BatchEngine::Parts{store_, rules_, ledger_, done_, nullptr, nullptr, &empties_}, options_,
          [this](std::stop_token stop, milliseconds wait) {
            outside_.clock.advance(wait);
            pauses_.push_back(wait);
            if (pauses_.size() == stop_after_pauses_) stop_.request_stop();
            return !stop.stop_requested();
          },
          outside_.platform);
    }
    return *engine_;
  }

  void give(std::uint64_t sequence, const std::vector<FakeUpload>& uploads,
            std::uint64_t deliveries = 1) {
    give_bytes(sequence, payload_of(uploads, outside_.clock.now()), deliveries);
  }
  void give_bytes(std::uint64_t sequence, std::string payload, std::uint64_t deliveries = 1) {
    messages_.push_back(
        std::make_unique<FakeMessage>(deeds_, sequence, std::move(payload), deliveries));
  }
  // Lets the engine work; what it did to the messages.
  std::string handled() {
    engine().handle(std::exchange(messages_, {}), stop_.get_token());
    return deeds_.take();
  }

  FakeOutside outside_;
  Deeds deeds_;
  FakeStore store_;
  FakeRules rules_;
  Ledger ledger_{outside_.metrics};
  DoneMessages done_;
  status::RefusalRing empties_;
  EngineOptions options_;
  std::stop_source stop_;
  std::vector<milliseconds> pauses_;
  std::size_t stop_after_pauses_ = 0;
  std::vector<std::unique_ptr<bus::PulledMessage>> messages_;
  std::optional<BatchEngine> engine_;
};

TEST_F(BatchEngineTest, StoresEachSampleAtItsPositionAndAcknowledges) {
  give(5, {{R"([{"a":1},{"a":2}])", 2}, {R"({"b":1})"}});
  give(6, {{R"({"a":1})"}});
  EXPECT_EQ(handled(), "5:ack 6:ack");
  EXPECT_EQ(store_.stored, (std::set<std::int64_t>{seq(5), seq(5, 1), seq(5, 2), seq(6)}));
  EXPECT_EQ(store_.attempts, (std::vector<std::size_t>{4}));
  EXPECT_EQ(outside_.samples("stored"), 4);
}

TEST_F(BatchEngineTest, AcknowledgesOnlyAfterTheCommit) {
  give(1, {{R"({"a":1})"}});
  std::string before;
  store_.during = [&] { before = deeds_.take(); };
  EXPECT_EQ(handled(), "1:ack");
  EXPECT_EQ(before, "");
}

TEST_F(BatchEngineTest, CountsSamplesWithoutPointsAsEmptyAndTheirPositionsStay) {
  give(3, {{R"([{"a":"x"},17,{"a":1}])", 3}});
  EXPECT_EQ(handled(), "3:ack");
  EXPECT_EQ(store_.stored, (std::set<std::int64_t>{seq(3, 2)}));
  EXPECT_EQ(outside_.samples("empty"), 2);
  EXPECT_EQ(outside_.samples("stored"), 1);
}

TEST_F(BatchEngineTest, SaysWhyAnUploadGaveNothing) {
  give(5, {{R"({"a":"x"})"}});
  telemetry::v1::DataPointsEvent event;
  event.set_application_name("app");
  event.set_app_version_name("app-v1");
  event.set_endpoint_id("points");
  event.set_time_series_name("location");
  event.add_data_points()->set_timestamp_us(time::to_unix_us(outside_.clock.now()));
  messages_.push_back(std::make_unique<FakeMessage>(
      deeds_, 6, event.SerializeAsString(), 1,
      "kaa.v1.events.modbus.endpoint.data-collection.data-points-received.location"));
  EXPECT_EQ(handled(), "5:ack 6:ack");
  const auto reason_of = [this](const std::string& endpoint) {
    status::v1::RefusalsRequest request;
    request.set_endpoint_id(endpoint);
    request.set_limit(10);
    const auto found = empties_.find(request);
    return found.refusals_size() == 1 ? found.refusals(0).reason_phrase() : "";
  };
  EXPECT_EQ(reason_of("ep"), "no series rule takes anything from it");
  EXPECT_EQ(reason_of("points"), "the point has no values");
}

TEST_F(BatchEngineTest, EndsMessagesWithNothingToStoreInTheLedgerBeforeItAcknowledges) {
  give(1, {{"[1,2,3]", 3}});
  give(2, {});
  EXPECT_EQ(handled(), "1:ack 2:ack");
  EXPECT_TRUE(store_.attempts.empty());
  EXPECT_EQ(store_.ended, (std::set<std::uint64_t>{1, 2}));
  EXPECT_EQ(outside_.samples("empty"), 3);
}

TEST_F(BatchEngineTest, TerminatesWhatIsNoProtobufAndStoresTheOthers) {
  give_bytes(1, "no protobuf at all");
  give(2, {{R"({"a":1})"}});
  EXPECT_EQ(handled(), "1:term 2:ack");
  EXPECT_EQ(store_.ended, (std::set<std::uint64_t>{1, 2}));
  EXPECT_EQ(outside_.count("millrace_epts_terminated_total"), 1);
}

TEST_F(BatchEngineTest, CountsATerminatedMessageOnce) {
  store_.ended = {1};
  messages_.push_back(std::make_unique<FakeMessage>(deeds_, 1, "no protobuf at all", 2));
  EXPECT_EQ(handled(), "1:term");
  EXPECT_EQ(outside_.count("millrace_epts_terminated_total"), 0);
}

TEST_F(BatchEngineTest, TerminatesMessagesThatNoReceiverMakes) {
  give(1, {{R"({"a":1})", 1, std::string("a\0b", 3)}});
  give(2, {{R"({"a":1})", 1, "app", ""}});
  give(3, {{R"({"a":1})", 1, "app", std::string(2000, 'x')}});
  give(4, {{R"({"a":1})", 1 << 20}});
  give(5, {{R"({"a":1})", ~0U}, {R"({"a":1})", ~0U}});
  give(std::uint64_t{1} << 60, {{R"({"a":1})"}});
  EXPECT_EQ(handled(), "1:term 2:term 3:term 4:term 5:term 1152921504606846976:term");
}

TEST_F(BatchEngineTest, RejectsAnUploadThatCannotBeTakenApartAsOneRowForAllItsSamples) {
  give(1, {{"[1,2", 2}, {R"({"a":1})"}});
  EXPECT_EQ(handled(), "1:ack");
  EXPECT_EQ(store_.rejected, (std::map<std::int64_t, std::string>{{seq(1), "invalid_upload"}}));
  EXPECT_EQ(store_.stored, (std::set<std::int64_t>{seq(1, 2)}));
  EXPECT_EQ(outside_.samples("rejected"), 2);
}

TEST_F(BatchEngineTest, SplitsAFetchIntoTransactionsOfWholeMessages) {
  options_.samples_per_transaction = 3;
  give(1, {{R"([{"a":1},{"a":1}])", 2}});
  give(2, {{R"([{"a":1},{"a":1}])", 2}});
  give(3, {{R"({"a":1})"}});
  give(4, {{R"([{"a":1},{"a":1},{"a":1},{"a":1},{"a":1}])", 5}});
  EXPECT_EQ(handled(), "1:ack 2:ack 3:ack 4:ack");
  EXPECT_EQ(store_.attempts, (std::vector<std::size_t>{2, 3, 5}));
}

TEST_F(BatchEngineTest, WaitsWithGrowingPausesWhileStorageIsAway) {
  for (int i = 0; i < 8; ++i) store_.failures.push_back(absl::UnavailableError("away"));
  give(1, {{R"({"a":1})"}});
  EXPECT_EQ(handled(), "1:+ 1:ack");
  EXPECT_EQ(pauses_,
            (std::vector<milliseconds>{milliseconds(100), milliseconds(200), milliseconds(400),
                                       milliseconds(800), milliseconds(1600), milliseconds(3200),
                                       milliseconds(5000), milliseconds(5000)}));
  EXPECT_EQ(outside_.samples("stored"), 1);
  EXPECT_EQ(outside_.count("millrace_epts_store_retries_total"), 8);
}

TEST_F(BatchEngineTest, KeepsAllItHoldsAliveWhileStorageIsAway) {
  options_.samples_per_transaction = 1;
  for (int i = 0; i < 9; ++i) store_.failures.push_back(absl::UnavailableError("away"));
  give(1, {{R"({"a":1})"}});
  give(2, {{R"({"a":1})"}});
  // 100 + 200 + … + 5000 + 5000 + 5000 ms of pauses, a sign of life every 10 s.
  EXPECT_EQ(handled(), "2:+ 1:+ 2:+ 1:+ 1:ack 2:ack");
}

TEST_F(BatchEngineTest, HandsBackWhatIsNotStoredWhenItIsStopped) {
  options_.samples_per_transaction = 1;
  for (int i = 0; i < 9; ++i) store_.failures.push_back(absl::UnavailableError("away"));
  stop_after_pauses_ = 3;
  give(1, {{R"({"a":1})"}});
  give(2, {{R"({"a":1})"}});
  EXPECT_EQ(handled(), "1:nak 2:nak");
  EXPECT_TRUE(store_.stored.empty());
}

TEST_F(BatchEngineTest, FinishesTheBatchAtWorkWhenItIsStopped) {
  options_.samples_per_transaction = 1;
  store_.during = [this] { stop_.request_stop(); };
  give(1, {{R"({"a":1})"}});
  give(2, {{R"({"a":1})"}});
  EXPECT_EQ(handled(), "1:ack 2:nak");
}

TEST_F(BatchEngineTest, HalvesARefusedBatchUntilTheCulpritIsAloneAndRejectsIt) {
  store_.poison = {seq(3, 1)};
  for (std::uint64_t i = 1; i <= 4; ++i) give(i, {{R"([{"a":1},{"a":2}])", 2}});
  EXPECT_EQ(handled(), "1:ack 2:ack 3:ack 4:ack");
  EXPECT_EQ(store_.attempts, (std::vector<std::size_t>{8, 4, 4, 2, 1, 1, 1, 2}));
  EXPECT_EQ(store_.stored.size(), 7U);
  EXPECT_EQ(store_.rejected, (std::map<std::int64_t, std::string>{{seq(3, 1), "storage_refused"}}));
  EXPECT_EQ(outside_.samples("stored"), 7);
  EXPECT_EQ(outside_.samples("rejected"), 1);
}

TEST_F(BatchEngineTest, TerminatesAMessageWithASampleThatCannotEvenBeRejected) {
  store_.hopeless = {seq(2)};
  for (std::uint64_t i = 1; i <= 3; ++i) give(i, {{R"([{"a":1},{"a":2}])", 2}});
  EXPECT_EQ(handled(), "1:ack 2:term 3:ack");
  EXPECT_EQ(store_.stored.size(), 5U);
  EXPECT_EQ(outside_.count("millrace_epts_terminated_total"), 1);
}

TEST_F(BatchEngineTest, DoesNotTakeAnOutageForPoison) {
  for (int i = 0; i < 50; ++i) store_.failures.push_back(absl::InternalError("no such table"));
  give(1, {{R"({"a":1})"}});
  EXPECT_TRUE(handled().ends_with(" 1:ack"));
  EXPECT_EQ(store_.stored.size(), 1U);
  EXPECT_TRUE(store_.rejected.empty());
}

TEST_F(BatchEngineTest, HalvesABatchThatIsTooSlow) {
  store_.failures = {absl::DeadlineExceededError("statement timeout")};
  give(1, {{R"([{"a":1},{"a":2},{"a":3}])", 3}});
  EXPECT_EQ(handled(), "1:ack");
  EXPECT_EQ(store_.attempts, (std::vector<std::size_t>{3, 1, 2}));
}

TEST_F(BatchEngineTest, WaitsWithASingleSampleThatIsTooSlow) {
  store_.failures = {absl::DeadlineExceededError("statement timeout")};
  give(1, {{R"({"a":1})"}});
  EXPECT_EQ(handled(), "1:ack");
  EXPECT_EQ(store_.attempts, (std::vector<std::size_t>{1, 1}));
}

TEST_F(BatchEngineTest, CountsACommitWhoseAnswerWasLostAsWhatItDid) {
  store_.lost_answers = 1;
  give(1, {{R"([{"a":1},{"a":2}])", 2}});
  EXPECT_EQ(handled(), "1:ack");
  EXPECT_EQ(store_.attempts.size(), 2U);
  EXPECT_EQ(outside_.samples("stored"), 2);
  EXPECT_EQ(outside_.samples("repeated"), 0);
}

TEST_F(BatchEngineTest, CountsACommitThatDidNotTakePlaceOnce) {
  store_.failures = {error::with_unknown_outcome(absl::UnavailableError("connection lost"))};
  give(1, {{R"([{"a":1},{"a":2}])", 2}});
  EXPECT_EQ(handled(), "1:ack");
  EXPECT_EQ(outside_.samples("stored"), 2);
  EXPECT_EQ(outside_.samples("repeated"), 0);
}

TEST_F(BatchEngineTest, CountsSeveralLostAnswersOnce) {
  store_.lost_answers = 3;
  give(1, {{R"([{"a":1},{"a":1e400}])", 2}});
  EXPECT_EQ(handled(), "1:ack");
  EXPECT_EQ(outside_.samples("stored"), 1);
  EXPECT_EQ(outside_.samples("rejected"), 1);
  EXPECT_EQ(outside_.samples("repeated"), 0);
}

TEST_F(BatchEngineTest, ExpectsTheRowsOfAnAttemptThatFailed) {
  store_.lost_answers = 1;
  give(1, {{R"({"a":1})"}});
  handled();
  EXPECT_EQ(store_.deliveries, (std::vector<Delivery>{Delivery::kFirst, Delivery::kAgain}));
}

TEST_F(BatchEngineTest, StoresARedeliveredMessageAgainAndCountsItAsRepeated) {
  store_.stored = {seq(1)};
  store_.ended = {1};
  give(1, {{R"({"a":1})"}}, 2);
  EXPECT_EQ(handled(), "1:ack");
  EXPECT_EQ(store_.deliveries, (std::vector<Delivery>{Delivery::kAgain}));
  EXPECT_EQ(outside_.samples("repeated"), 1);
  EXPECT_EQ(outside_.samples("stored"), 0);
}

TEST_F(BatchEngineTest, CountsEmptySamplesOfWhatAnotherProcessEndedAsRepeated) {
  store_.ended = {1, 2};
  give(1, {{R"([{"a":1},5])", 2}}, 2);
  give(2, {{R"([6,{"a":1}])", 2}}, 3);
  EXPECT_EQ(handled(), "1:ack 2:ack");
  EXPECT_EQ(outside_.samples("repeated"), 4);
  EXPECT_EQ(outside_.samples("empty"), 0);
}

TEST_F(BatchEngineTest, CountsEmptySamplesMessageByMessage) {
  store_.ended = {1};
  give(1, {{R"([{"a":1},5])", 2}}, 2);
  give(2, {{R"([{"a":1},5])", 2}}, 2);
  give(3, {{"5"}});
  EXPECT_EQ(handled(), "1:ack 2:ack 3:ack");
  EXPECT_EQ(outside_.samples("empty"), 2);
  EXPECT_EQ(outside_.samples("repeated"), 2);
}

// Handed back while the registry was away, say: delivered again, but never counted.
TEST_F(BatchEngineTest, CountsEmptySamplesOfARedeliveryWithoutAnyRowAsEmpty) {
  give(1, {{"[5,6]", 2}}, 2);
  EXPECT_EQ(handled(), "1:ack");
  EXPECT_EQ(outside_.samples("empty"), 2);
}

TEST_F(BatchEngineTest, AcknowledgesAgainWhatItHasStoredItself) {
  give(1, {{R"([{"a":1},5])", 2}});
  EXPECT_EQ(handled(), "1:ack");
  give(1, {{R"([{"a":1},5])", 2}}, 2);
  EXPECT_EQ(handled(), "1:ack");
  EXPECT_EQ(store_.attempts.size(), 1U);
  EXPECT_EQ(outside_.samples("empty"), 1);
  EXPECT_EQ(outside_.samples("repeated"), 2);
}

TEST_F(BatchEngineTest, DoesNotTakeAMessageOfANewStreamForAnOldOne) {
  give(1, {{R"({"a":1})"}});
  handled();
  outside_.clock.advance(std::chrono::seconds(1));
  store_.stored.clear();
  store_.ended.clear();
  give(1, {{R"({"a":1})"}}, 2);
  EXPECT_EQ(handled(), "1:ack");
  EXPECT_EQ(store_.stored.size(), 1U);
}

TEST_F(BatchEngineTest, TakesTwoDeliveriesInOneFetchForOne) {
  give(1, {{R"({"a":1})"}});
  give(1, {{R"({"a":1})"}}, 2);
  EXPECT_EQ(handled(), "1:ack");
  EXPECT_EQ(outside_.samples("stored"), 1);
}

TEST_F(BatchEngineTest, HandsBackAMessageWhoseRulesAreNotToBeHadAndStoresTheOthers) {
  rules_.failures["away"] = absl::UnavailableError("registry away");
  give(1, {{R"({"a":1})", 1, "away"}});
  give(2, {{R"({"a":1})"}});
  give(3, {{R"({"a":1})"}, {R"({"a":1})", 1, "away"}});
  EXPECT_EQ(handled(), "1:nak2000 3:nak2000 2:ack");
  EXPECT_EQ(store_.stored, (std::set<std::int64_t>{seq(2)}));
  EXPECT_EQ(rules_.asked["away"], 1);
  EXPECT_EQ(outside_.count("millrace_epts_waiting_for_rules_total"), 2);
}

TEST_F(BatchEngineTest, DoesNotKeepAliveWhatItHasHandedBack) {
  rules_.failures["away"] = absl::UnavailableError("registry away");
  for (int i = 0; i < 8; ++i) store_.failures.push_back(absl::UnavailableError("away"));
  give(1, {{R"({"a":1})", 1, "away"}});
  give(2, {{R"({"a":1})"}});
  EXPECT_EQ(handled(), "1:nak2000 2:+ 2:ack");
}

TEST_F(BatchEngineTest, GivesSignsOfLifeBetweenQuestionsToASilentRegistry) {
  rules_.during = [this] { outside_.clock.advance(std::chrono::seconds(6)); };
  std::vector<FakeUpload> uploads;
  for (const char* application : {"a", "b", "c", "d", "e"}) {
    uploads.push_back({R"({"a":1})", 1, application});
  }
  give(1, uploads);
  EXPECT_EQ(handled(), "1:+ 1:+ 1:ack");
}

TEST_F(BatchEngineTest, RejectsSamplesOfAnUnknownApplication) {
  rules_.failures["gone"] = absl::NotFoundError("no such application");
  give(1, {{R"([{"a":1},{"a":2}])", 2, "gone"}, {R"({"a":1})"}});
  EXPECT_EQ(handled(), "1:ack");
  EXPECT_EQ(store_.rejected,
            (std::map<std::int64_t, std::string>{{seq(1), "unknown_application"}}));
  EXPECT_EQ(outside_.samples("rejected"), 2);
  EXPECT_EQ(outside_.samples("stored"), 1);
}

TEST_F(BatchEngineTest, AsksForTheRulesOfAnApplicationOnceATransaction) {
  give(1, {{R"({"a":1})"}, {R"({"a":1})"}});
  give(2, {{R"({"a":1})"}});
  handled();
  EXPECT_EQ(rules_.asked["app"], 1);
}

}  // namespace
}  // namespace millrace::epts
