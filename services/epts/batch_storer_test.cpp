// SPDX-License-Identifier: Apache-2.0
#include "epts/batch_storer.h"

#include <gmock/gmock.h>

#include "epts/fakes.h"

namespace millrace::epts {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using time_series::Delivery;

class BatchStorerTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string shape;
    append_value_name(shape, time_series::ValueType::kNumber, "", "a");
    const double number = 1;
    for (std::int64_t seq = 0; seq < 8; ++seq) {
      if (seq % 4 == 0) {
        batch_.begin_message(seq == 0 ? 1 : 2);
        batch_.begin_upload({"app", "v1", "ep", "c", 1});
      }
      time_series::SampleBatch::Facts facts;
      facts.seq = seq;
      batch_.add_sample(facts, shape, {&number, 1});
    }
  }
  BatchStorer::Stored store(Delivery delivery = Delivery::kFirst) {
    BatchStorer storer(store_, ledger_,
                       {{},
                        [this](std::stop_token stop, std::chrono::milliseconds) {
                          if (++pauses_ == stop_at_) stop_.request_stop();
                          return !stop.stop_requested();
                        },
                        [this] { ++signs_of_life_; }},
                       outside_.platform);
    return storer.store(batch_, delivery, stop_.get_token());
  }

  // The first commit takes place without an answer, and doing it again is too slow.
  void lose_an_answer_and_time_out() {
    store_.lost_answers = 1;
    store_.during = [this] {
      if (store_.attempts.size() != 2) return;
      store_.failures.push_back(absl::DeadlineExceededError("statement timeout"));
    };
  }

  FakeOutside outside_;
  FakeStore store_;
  Ledger ledger_{outside_.metrics};
  time_series::SampleBatch batch_;
  std::stop_source stop_;
  int pauses_ = 0;
  int stop_at_ = 0;
  int signs_of_life_ = 0;
};

TEST_F(BatchStorerTest, StoresABatchInOneAttempt) {
  const auto stored = store();
  EXPECT_TRUE(stored.finished);
  EXPECT_THAT(stored.lost, IsEmpty());
  EXPECT_THAT(store_.attempts, ElementsAre(8));
}

TEST_F(BatchStorerTest, HasNothingToDoForAnEmptyBatch) {
  batch_.clear();
  EXPECT_TRUE(store().finished);
  EXPECT_THAT(store_.attempts, IsEmpty());
}

TEST_F(BatchStorerTest, GivesASignOfLifeBeforeEachAttempt) {
  for (int i = 0; i < 4; ++i) store_.failures.push_back(absl::AbortedError("deadlock"));
  EXPECT_TRUE(store().finished);
  EXPECT_EQ(signs_of_life_, 5);
}

TEST_F(BatchStorerTest, FindsSeveralCulprits) {
  store_.poison = {1, 6};
  store_.hopeless = {4};
  const auto stored = store();
  EXPECT_TRUE(stored.finished);
  EXPECT_THAT(stored.lost, ElementsAre(4));
  EXPECT_THAT(store_.stored, ElementsAre(0, 2, 3, 5, 7));
  EXPECT_EQ(store_.rejected.size(), 2U);
}

TEST_F(BatchStorerTest, SaysThatItWasStopped) {
  stop_at_ = 3;
  for (int i = 0; i < 9; ++i) store_.failures.push_back(absl::UnavailableError("away"));
  EXPECT_FALSE(store().finished);
  EXPECT_EQ(pauses_, 3);
}

TEST_F(BatchStorerTest, StopsBetweenHalvesOnlyWhenStorageFails) {
  stop_.request_stop();
  store_.poison = {3};
  EXPECT_TRUE(store().finished);
  EXPECT_EQ(store_.stored.size(), 7U);
}

TEST_F(BatchStorerTest, GoesOnHalvingAfterAnOutageInBetween) {
  store_.poison = {3};
  store_.failures = {absl::InvalidArgumentError("bad"), absl::UnavailableError("away"),
                     absl::UnavailableError("away")};
  EXPECT_TRUE(store().finished);
  EXPECT_EQ(store_.stored.size(), 7U);
  EXPECT_EQ(pauses_, 2);
}

TEST_F(BatchStorerTest, RemembersALostAnswerWhenTheBatchIsHalved) {
  lose_an_answer_and_time_out();
  EXPECT_TRUE(store().finished);
  EXPECT_THAT(store_.attempts, ElementsAre(8, 8, 4, 4));
  EXPECT_THAT(store_.deliveries,
              ElementsAre(Delivery::kFirst, Delivery::kAgain, Delivery::kAgain, Delivery::kAgain));
  EXPECT_EQ(outside_.samples("stored"), 8);
  EXPECT_EQ(outside_.samples("repeated"), 0);
}

TEST_F(BatchStorerTest, RemembersALostAnswerOfAHalfWhoseWholeHadOneToo) {
  lose_an_answer_and_time_out();
  const auto time_out = store_.during;
  store_.during = [this, time_out] {
    time_out();
    if (store_.attempts.size() == 3) store_.lost_answers = 1;
  };
  EXPECT_TRUE(store().finished);
  EXPECT_THAT(store_.attempts, ElementsAre(8, 8, 4, 4, 4));
  EXPECT_EQ(outside_.samples("stored"), 8);
  EXPECT_EQ(outside_.samples("repeated"), 0);
}

TEST_F(BatchStorerTest, ClaimsNothingThatAnEarlierDeliveryHasEnded) {
  lose_an_answer_and_time_out();
  store_.ended = {1, 2};
  EXPECT_TRUE(store(Delivery::kAgain).finished);
  EXPECT_EQ(outside_.samples("stored"), 0);
  EXPECT_EQ(outside_.samples("repeated"), 8);
}

TEST_F(BatchStorerTest, CountsOnlyTheMessagesThatEndForTheFirstTime) {
  store_.ended = {2};
  EXPECT_TRUE(store(Delivery::kAgain).finished);
  EXPECT_EQ(outside_.samples("stored"), 4);
  EXPECT_EQ(outside_.samples("repeated"), 4);
}

// Rows of a process that was killed between parts: nobody has counted them.
TEST_F(BatchStorerTest, CountsRowsThatAreThereOfMessagesThatHadNotEnded) {
  for (std::int64_t seq = 0; seq < 6; ++seq) store_.stored.insert(seq);
  EXPECT_TRUE(store(Delivery::kAgain).finished);
  EXPECT_EQ(outside_.samples("stored"), 8);
  EXPECT_EQ(outside_.samples("repeated"), 0);
}

TEST_F(BatchStorerTest, EndsTheMessagesOfAHalvedBatchAfterItsLastPart) {
  store_.poison = {3};
  store_.during = [this] { EXPECT_THAT(store_.ended, IsEmpty()); };
  EXPECT_TRUE(store().finished);
  EXPECT_THAT(store_.ended, ElementsAre(1, 2));
  EXPECT_EQ(outside_.samples("stored"), 7);
  EXPECT_EQ(outside_.samples("rejected"), 1);
}

TEST_F(BatchStorerTest, EndsNothingWhenStoppedBeforeTheEndIsWritten) {
  store_.poison = {3};
  store_.end_failures = {absl::UnavailableError("away"), absl::UnavailableError("away")};
  stop_at_ = 2;
  EXPECT_FALSE(store().finished);
  EXPECT_THAT(store_.ended, IsEmpty());
  EXPECT_EQ(outside_.samples("stored"), 0);
}

TEST_F(BatchStorerTest, CountsAnEndWhoseAnswerWasLostOnce) {
  store_.poison = {3};
  store_.end_failures = {absl::AbortedError("deadlock")};
  store_.lost_end_answers = 1;
  EXPECT_TRUE(store().finished);
  EXPECT_EQ(outside_.samples("stored"), 7);
  EXPECT_EQ(outside_.samples("rejected"), 1);
  EXPECT_EQ(outside_.samples("repeated"), 0);
}

TEST_F(BatchStorerTest, TerminatesTheMessageOfASampleThatIsLost) {
  store_.hopeless = {4};
  EXPECT_TRUE(store().finished);
  EXPECT_FALSE(batch_.messages()[0].terminated);
  EXPECT_TRUE(batch_.messages()[1].terminated);
  EXPECT_EQ(outside_.count("millrace_epts_terminated_total"), 1);
  EXPECT_EQ(outside_.samples("stored"), 7);
}

// Eight samples: uploads of 1, 5 and 2, the middle one replayed.
class ReplayStorerTest : public BatchStorerTest {
 protected:
  void SetUp() override {
    std::string shape;
    append_value_name(shape, time_series::ValueType::kNumber, "", "a");
    const double number = 1;
    std::int64_t seq = 0;
    for (const int samples : {1, 5, 2}) {
      time_series::SampleBatch::Upload upload{"app", "v1", "ep", "c", 1};
      if (samples == 5) upload.replayed = time_series::SampleBatch::ReplayedRow{seq, {}};
      batch_.begin_upload(upload);
      for (int i = 0; i < samples; ++i) {
        time_series::SampleBatch::Facts facts;
        facts.seq = seq++;
        batch_.add_sample(facts, shape, {&number, 1});
      }
    }
  }
};

TEST_F(ReplayStorerTest, NeverHalvesAReplayedUpload) {
  store_.poison = {7};
  EXPECT_TRUE(store().finished);
  EXPECT_THAT(store_.attempts, ElementsAre(8, 6, 2, 1, 1, 1));
  EXPECT_EQ(store_.stored.size(), 7U);
}

TEST_F(ReplayStorerTest, LeavesAReplayedUploadRejectedThatPostgresqlRefuses) {
  store_.poison = {3};
  const auto stored = store();
  EXPECT_TRUE(stored.finished);
  EXPECT_THAT(stored.lost, IsEmpty());
  EXPECT_EQ(store_.stored, (std::set<std::int64_t>{0, 6, 7}));
  EXPECT_TRUE(store_.rejected.empty());
  EXPECT_THAT(stored.untouched, ElementsAre(1));
}

TEST_F(ReplayStorerTest, TellsUploadsWhoseRowIsGone) {
  store_.gone = {1};
  EXPECT_THAT(store().untouched, ElementsAre(1));
}

// The second attempt finds the row gone because the first one took it away.
TEST_F(ReplayStorerTest, TakesNoUploadForGoneThatALostCommitHasStored) {
  store_.lost_answers = 1;
  store_.during = [this] {
    if (store_.attempts.size() == 2) store_.gone = {1};
  };
  EXPECT_THAT(store().untouched, IsEmpty());
}

TEST_F(ReplayStorerTest, TriesAReplayedUploadAgainThatIsTooSlow) {
  for (int i = 0; i < 4; ++i) store_.failures.push_back(absl::DeadlineExceededError("too slow"));
  EXPECT_TRUE(store().finished);
  EXPECT_EQ(store_.stored.size(), 8U);
}

}  // namespace
}  // namespace millrace::epts
