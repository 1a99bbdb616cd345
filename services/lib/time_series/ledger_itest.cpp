// SPDX-License-Identifier: Apache-2.0
//
// The ledger in the tables: each message counted once, whatever happens to the writers.
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "lib/time_series/itest_database.h"
#include "lib/time_series/itest_outside.h"
#include "lib/time_series/ledger.h"
#include "lib/time_series/writer_session.h"

namespace millrace::time_series {
namespace {

// Messages of one endpoint; what a sample holds is its value of `a`.
class Messages {
 public:
  Messages(std::string application, time::UnixMicros start)
      : application_(std::move(application)), start_(start) {
    append_value_name(shape_, ValueType::kNumber, "", "a");
  }

  Messages& begin(std::uint64_t sequence) {
    sequence_ = sequence;
    index_ = 0;
    batch_.begin_message(sequence);
    batch_.begin_upload({application_, "v1", "ep", "c", 1});
    return *this;
  }
  Messages& sample(int second, double number) {
    batch_.add_sample(facts(second), shape_, {&number, 1});
    return *this;
  }
  Messages& reject(int second, std::uint32_t weight = 1) {
    SampleBatch::Facts of = facts(second);
    of.weight = weight;
    batch_.add_sample(of, {}, {});
    batch_.reject({RejectionReason::kInvalidUpload, "no JSON"});
    return *this;
  }
  Messages& empty() {
    batch_.count_empty();
    return *this;
  }
  Messages& terminate() {
    batch_.terminate(batch_.messages().size() - 1);
    return *this;
  }
  const SampleBatch& batch() const { return batch_; }

 private:
  SampleBatch::Facts facts(int second) {
    SampleBatch::Facts facts;
    facts.seq = static_cast<std::int64_t>(sequence_ << 20) + index_++;
    facts.time = facts.received_at = start_ + std::chrono::seconds(second);
    facts.json = "{}";
    return facts;
  }

  const std::string application_;
  const time::UnixMicros start_;
  std::string shape_;
  SampleBatch batch_;
  std::uint64_t sequence_ = 0;
  std::int64_t index_ = 0;
};

class LedgerTest : public testing::Test {
 protected:
  // An epoch of the test's own: a stream that nobody else has.
  void SetUp() override {
    stream_.created = testing::UnitTest::GetInstance()->current_test_info()->name();
    ASSERT_TRUE(begins());
  }

  std::unique_ptr<WriterSession> open() {
    auto session = WriterSession::open(itest_options(), {}, outside_.platform);
    EXPECT_TRUE(session.ok()) << session.status();
    return *std::move(session);
  }
  bool begins() {
    const auto begun = begin_epoch_if_new(
        *connection_, [this]() -> absl::StatusOr<StreamPosition> { return stream_; });
    EXPECT_TRUE(begun.ok()) << begun.status();
    return begun.value_or(false);
  }
  Messages messages() const { return {stream_.created, outside_.clock.now()}; }

  static WriteOutcome write(WriterSession& session, const Messages& messages,
                            SampleRange range = {}) {
    if (range.size() == 0) range.last = messages.batch().samples().size();
    WriteOutcome outcome;
    const absl::Status status = session.write(messages.batch(), range, Delivery::kAgain, outcome);
    EXPECT_TRUE(status.ok()) << status;
    return outcome;
  }
  static void end(WriterSession& session, const Messages& messages,
                  const std::vector<WriteOutcome>& parts) {
    std::vector<MessageTally> tallies(messages.batch().messages().size());
    for (const WriteOutcome& part : parts) {
      EXPECT_TRUE(part.ended.empty());
      for (std::size_t i = 0; i < tallies.size(); ++i) tallies[i] += part.tallies[i];
    }
    std::vector<bool> ended;
    const absl::Status status = session.end_messages(messages.batch(), tallies, ended);
    EXPECT_TRUE(status.ok()) << status;
  }

  // "messages (terminated): stored/merged/rejected/empty"
  std::string ledger() {
    const auto read = read_ledger(*connection_);
    EXPECT_TRUE(read.ok()) << read.status();
    const Ledger& ledger = **read;
    return fmt::format("{} ({}): {}/{}/{}/{}", ledger.messages, ledger.messages_terminated,
                       ledger.samples_stored, ledger.samples_merged, ledger.samples_rejected,
                       ledger.samples_empty);
  }
  std::int64_t remembered() {
    const auto rows = connection_->execute(
        "SELECT count(*) FROM time_series.ended_message"
        " WHERE epoch = (SELECT max(epoch) FROM time_series.ledger_epoch)");
    return rows->int8(0, 0);
  }

  ItestOutside outside_;
  std::unique_ptr<postgres::Connection> connection_ = itest_connect();
  StreamPosition stream_;
};

TEST_F(LedgerTest, CountsEachMessageOnceHoweverOftenItIsStored) {
  const auto session = open();
  auto first = messages();
  first.begin(1).sample(0, 1).sample(1, 2).sample(1, 3).reject(2, 5).empty();
  first.begin(2).sample(3, 4);
  EXPECT_THAT(write(*session, first).ended, testing::ElementsAre(true, true));
  EXPECT_EQ(ledger(), "2 (0): 3/1/5/1");
  EXPECT_THAT(write(*open(), first).ended, testing::ElementsAre(false, false));
  EXPECT_EQ(ledger(), "2 (0): 3/1/5/1");
}

TEST_F(LedgerTest, CountsWhatIsNewBesideARedelivery) {
  const auto session = open();
  write(*session, messages().begin(1).sample(0, 1).empty());
  auto mixed = messages();
  mixed.begin(1).sample(0, 1).empty();
  mixed.begin(2).sample(1, 1).empty().empty();
  EXPECT_THAT(write(*session, mixed).ended, testing::ElementsAre(false, true));
  EXPECT_EQ(ledger(), "2 (0): 2/0/0/3");
}

TEST_F(LedgerTest, CountsABatchInPartsOnlyAtItsEnd) {
  const auto session = open();
  auto batch = messages();
  batch.begin(1).sample(0, 1).sample(1, 2);
  batch.begin(2).sample(2, 3).reject(3);
  const WriteOutcome part1 = write(*session, batch, {0, 3});
  const WriteOutcome part2 = write(*session, batch, {3, 4});
  EXPECT_EQ(ledger(), "0 (0): 0/0/0/0");
  end(*session, batch, {part1, part2});
  EXPECT_EQ(ledger(), "2 (0): 3/0/1/0");
  end(*session, batch, {part1, part2});
  EXPECT_EQ(ledger(), "2 (0): 3/0/1/0");
}

// The rows of the first part are there with the position they are written with again, also the one
// that had replaced an older sample.
TEST_F(LedgerTest, CountsRightAfterAWriterThatDiedBetweenParts) {
  write(*open(), messages().begin(1).sample(5, 1));
  auto batch = messages();
  batch.begin(2).sample(5, 2).sample(6, 3).reject(7, 2).empty();
  batch.begin(3).sample(8, 4);
  write(*open(), batch, {0, 3});
  EXPECT_EQ(ledger(), "1 (0): 1/0/0/0");
  const WriteOutcome again = write(*open(), batch);
  EXPECT_EQ(again.repeated, 4U);
  EXPECT_EQ(ledger(), "3 (0): 3/1/2/1");
}

TEST_F(LedgerTest, CountsMessagesThatNothingCanBeMadeOf) {
  const auto session = open();
  auto batch = messages();
  batch.begin(1).terminate();
  end(*session, batch, {});
  EXPECT_EQ(ledger(), "1 (1): 0/0/0/0");
}

TEST_F(LedgerTest, CountsOnceWhatTwoWritersEndAtTheSameTime) {
  constexpr std::uint64_t kMessages = 200;
  std::vector<std::jthread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([this] {
      const auto session = open();
      auto batch = messages();
      for (std::uint64_t i = 1; i <= kMessages; ++i)
        batch.begin(i).sample(static_cast<int>(i), 1).empty();
      write(*session, batch);
    });
  }
  writers.clear();
  EXPECT_EQ(ledger(), "200 (0): 200/0/0/200");
}

TEST_F(LedgerTest, BeginsAnewForAStreamMadeAnew) {
  stream_.last_sequence = 7;
  write(*open(), messages().begin(7).sample(0, 1));
  EXPECT_FALSE(begins());
  stream_.created += " again";
  stream_.last_sequence = 10;
  stream_.messages = 3;
  EXPECT_TRUE(begins());
  EXPECT_FALSE(begins());
  // Other messages at known positions.
  EXPECT_THAT(write(*open(), messages().begin(7).sample(0, 1)).ended, testing::ElementsAre(true));
  EXPECT_EQ(ledger(), "1 (0): 1/0/0/0");
  const auto read = read_ledger(*connection_);
  EXPECT_EQ((*read)->received(stream_), 3);
}

TEST_F(LedgerTest, BeginsAnewForAStreamPutBackToATimeBefore) {
  stream_.last_sequence = 7;
  write(*open(), messages().begin(7).sample(0, 1));
  stream_.last_sequence = 6;
  EXPECT_TRUE(begins());
}

TEST_F(LedgerTest, SaysNothingOfAStreamThatCannotBeAsked) {
  const auto begun = begin_epoch_if_new(*connection_, []() -> absl::StatusOr<StreamPosition> {
    return absl::UnavailableError("away");
  });
  EXPECT_TRUE(absl::IsUnavailable(begun.status()));
  EXPECT_FALSE(connection_->in_transaction());
}

TEST_F(LedgerTest, ForgetsWhatCannotComeAgainButForTheNewest) {
  auto batch = messages();
  for (std::uint64_t i = 1; i <= 10; ++i) batch.begin(i).sample(static_cast<int>(i), 1);
  write(*open(), batch);
  ASSERT_TRUE(forget_ended_messages(*connection_, 5).ok());
  EXPECT_EQ(remembered(), 7);  // 4 to 10
  ASSERT_TRUE(forget_ended_messages(*connection_, 11).ok());
  EXPECT_EQ(remembered(), 1);
  EXPECT_EQ(ledger(), "10 (0): 10/0/0/0");
}

// Somebody emptied the tables: a writer never fails for it.
TEST_F(LedgerTest, WritesOnWithoutAnEpoch) {
  ASSERT_TRUE(connection_->execute_script("DELETE FROM time_series.ledger_epoch").ok());
  EXPECT_THAT(write(*open(), messages().begin(1).sample(0, 1)).ended.size(), 1U);
  const auto read = read_ledger(*connection_);
  ASSERT_TRUE(read.ok());
  EXPECT_FALSE(read->has_value());
}

}  // namespace
}  // namespace millrace::time_series
