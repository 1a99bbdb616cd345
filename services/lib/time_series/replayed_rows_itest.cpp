// SPDX-License-Identifier: Apache-2.0
#include <deque>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "lib/error/error.h"
#include "lib/time_series/itest_database.h"
#include "lib/time_series/itest_outside.h"
#include "lib/time_series/writer_session.h"

namespace millrace::time_series {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Uploads of one endpoint, of samples a microsecond apart; a sample has a number, or is refused.
class Batch {
 public:
  explicit Batch(std::string application) : application_(std::move(application)) {
    append_value_name(shape_, ValueType::kNumber, "auto~", "a");
  }

  Batch& upload(std::int64_t seq, const std::vector<std::optional<double>>& samples,
                bool replayed = false) {
    batch_.begin_upload(
        {application_,
         "v1",
         "ep",
         "c",
         replayed ? 2 : 1,
         {},
         {},
         replayed ? std::optional(SampleBatch::ReplayedRow{seq, time_of(seq)}) : std::nullopt});
    for (std::size_t i = 0; i < samples.size(); ++i) add(seq + static_cast<int>(i), samples[i]);
    return *this;
  }
  Batch& replay(std::int64_t seq, const std::vector<std::optional<double>>& samples) {
    return upload(seq, samples, true);
  }
  // Of an upload that was refused as a whole.
  Batch& refuse_upload(std::int64_t seq, std::uint32_t weight) {
    batch_.begin_upload({application_, "v1", "ep", "c", 1});
    add(seq, std::nullopt, weight);
    return *this;
  }
  // The sample's value stands at another's instant.
  Batch& at(std::int64_t seq, std::int64_t instant_of, double number, bool replayed) {
    batch_.begin_upload(
        {application_,
         "v1",
         "ep",
         "c",
         1,
         {},
         {},
         replayed ? std::optional(SampleBatch::ReplayedRow{seq, time_of(seq)}) : std::nullopt});
    SampleBatch::Facts facts = facts_of(seq);
    facts.time = time_of(instant_of);
    batch_.add_sample(facts, shape_, {&number, 1});
    return *this;
  }
  const SampleBatch& get() const { return batch_; }
  SampleRange all() const { return {0, batch_.samples().size()}; }

 private:
  static time::UnixMicros time_of(std::int64_t seq) {
    return time::from_unix_us(1'795'000'000'000'001 + seq);
  }
  static SampleBatch::Facts facts_of(std::int64_t seq) {
    SampleBatch::Facts facts;
    facts.seq = seq;
    facts.time = facts.received_at = time_of(seq);
    facts.json = "{}";
    return facts;
  }
  void add(std::int64_t seq, std::optional<double> number, std::uint32_t weight = 1) {
    SampleBatch::Facts facts = facts_of(seq);
    facts.weight = weight;
    if (number) {
      batch_.add_sample(facts, shape_, {&*number, 1});
    } else {
      batch_.add_sample(facts, {}, {});
      batch_.reject({RejectionReason::kNumberOutOfRange, "cannot store a", "a", "1e999"});
    }
  }

  const std::string application_;
  std::string shape_;
  SampleBatch batch_;
};

class ReplayedRowsTest : public testing::Test {
 protected:
  std::unique_ptr<WriterSession> open() {
    auto session = WriterSession::open(itest_options(), {}, outside_.platform);
    EXPECT_TRUE(session.ok()) << session.status();
    return *std::move(session);
  }
  // What became of what was replayed: "stored/merged/rejected/gone".
  std::string write(WriterSession& session, const Batch& batch) {
    WriteOutcome outcome;
    const absl::Status status = session.write(batch.get(), batch.all(), Delivery::kFirst, outcome);
    if (!status.ok()) return error::message(status);
    return fmt::format("{}/{}/{}/{}", outcome.replayed.stored, outcome.replayed.merged,
                       outcome.replayed.rejected, outcome.replayed.gone);
  }
  std::vector<std::string> column(const std::string& sql) {
    const auto rows = connection_->execute(sql, {postgres::to_param(name())});
    EXPECT_TRUE(rows.ok()) << rows.status();
    std::vector<std::string> texts;
    for (int row = 0; row < rows->rows(); ++row) texts.emplace_back(rows->text(row, 0));
    return texts;
  }
  std::vector<std::string> points() {
    return column(
        "SELECT f.seq || '=' || f.numbers[1] FROM time_series.application a"
        " JOIN time_series.endpoint USING (application_key)"
        " JOIN time_series.frame f USING (endpoint_key) WHERE a.name = $1 ORDER BY f.time");
  }
  // "seq:version" of the rules that rejected it.
  std::vector<std::string> rejected() {
    return column(
        "SELECT r.seq || ':' || r.rules_version FROM time_series.rejected_sample r"
        " JOIN time_series.application a USING (application_key) WHERE a.name = $1 ORDER BY seq");
  }
  static std::string name() {
    return testing::UnitTest::GetInstance()->current_test_info()->name();
  }
  static Batch batch() { return Batch(name()); }

  ItestOutside outside_;
  std::unique_ptr<postgres::Connection> connection_ = itest_connect();
};

TEST_F(ReplayedRowsTest, WhatCanBeStoredLeavesTheList) {
  const auto session = open();
  write(*session, batch().upload(10, {std::nullopt}).upload(20, {std::nullopt}));
  EXPECT_EQ(write(*session, batch().replay(10, {7})), "1/0/0/0");
  EXPECT_THAT(points(), ElementsAre("10=7"));
  EXPECT_THAT(rejected(), ElementsAre("20:1"));
}

TEST_F(ReplayedRowsTest, WhatCannotHasItsNewReasonAndItsOldAge) {
  const auto session = open();
  write(*session, batch().upload(10, {std::nullopt}));
  ASSERT_TRUE(connection_
                  ->execute_script("UPDATE time_series.rejected_sample SET reason = 'before',"
                                   " rejected_at = '2020-01-01 00:00:00+00'")
                  .ok());
  EXPECT_EQ(write(*session, batch().replay(10, {std::nullopt})), "0/0/1/0");
  EXPECT_THAT(rejected(), ElementsAre("10:2"));
  EXPECT_THAT(column("SELECT r.reason || ' ' || r.path || ' ' || convert_from(r.value, 'UTF8')"
                     " || ' ' || extract(year FROM r.rejected_at)"
                     " FROM time_series.rejected_sample r"
                     " JOIN time_series.application a USING (application_key) WHERE a.name = $1"),
              ElementsAre("number_out_of_range a 1e999 2020"));
}

TEST_F(ReplayedRowsTest, ASecondTimeChangesNothingWhateverTheRulesAreByThen) {
  const auto session = open();
  write(*session, batch().upload(10, {std::nullopt}));
  EXPECT_EQ(write(*session, batch().replay(10, {7})), "1/0/0/0");
  EXPECT_EQ(write(*session, batch().replay(10, {8})), "0/0/0/1");
  EXPECT_EQ(write(*session, batch().replay(10, {std::nullopt})), "0/0/0/1");
  EXPECT_THAT(points(), ElementsAre("10=7"));
  EXPECT_THAT(rejected(), IsEmpty());
}

TEST_F(ReplayedRowsTest, OfTwoInOneBatchTheSecondFindsItsRowGone) {
  const auto session = open();
  write(*session, batch().upload(10, {std::nullopt}).upload(20, {std::nullopt}));
  EXPECT_EQ(write(*session, batch().replay(10, {7}).replay(20, {9}).replay(10, {8})), "2/0/0/1");
  EXPECT_THAT(points(), ElementsAre("10=7", "20=9"));
  EXPECT_THAT(rejected(), IsEmpty());
}

TEST_F(ReplayedRowsTest, ALaterWriteToTheInstantStands) {
  const auto session = open();
  write(*session, batch().upload(10, {std::nullopt}).at(30, 10, 3, false));
  EXPECT_EQ(write(*session, batch().at(10, 10, 1, true)), "0/1/0/0");
  EXPECT_THAT(points(), ElementsAre("30=3"));
  EXPECT_THAT(rejected(), IsEmpty());
}

TEST_F(ReplayedRowsTest, AnEarlierWriteToTheInstantGivesWay) {
  const auto session = open();
  write(*session, batch().upload(30, {std::nullopt}).at(10, 30, 1, false));
  EXPECT_EQ(write(*session, batch().at(30, 30, 3, true)), "0/1/0/0");
  EXPECT_THAT(points(), ElementsAre("30=3"));
}

TEST_F(ReplayedRowsTest, AnUploadRefusedAsAWholeIsTakenApart) {
  const auto session = open();
  write(*session, batch().refuse_upload(10, 3));
  EXPECT_EQ(write(*session, batch().replay(10, {std::nullopt, 11, std::nullopt})), "1/0/2/0");
  EXPECT_THAT(points(), ElementsAre("11=11"));
  EXPECT_THAT(rejected(), ElementsAre("10:2", "12:2"));
  // Each of them is one to be replayed now.
  EXPECT_EQ(write(*session, batch().replay(12, {12})), "1/0/0/0");
  EXPECT_THAT(rejected(), ElementsAre("10:2"));
}

TEST_F(ReplayedRowsTest, OrdinarySamplesInTheSameBatchAreNotHeldUp) {
  const auto session = open();
  EXPECT_EQ(write(*session, batch().replay(10, {7}).upload(20, {1})), "0/0/0/1");
  EXPECT_THAT(points(), ElementsAre("20=1"));
}

TEST_F(ReplayedRowsTest, OfTwoReplicasOneHasTheEffect) {
  constexpr std::int64_t kRows = 200;
  const auto session = open();
  Batch first = batch();
  for (std::int64_t i = 0; i < kRows; ++i) first.upload(10 * i, {std::nullopt});
  write(*session, first);
  std::vector<std::uint64_t> stored(2, 0);
  {
    std::vector<std::jthread> replicas;
    for (std::size_t replica = 0; replica < stored.size(); ++replica) {
      replicas.emplace_back([&, replica, test = name()] {
        const auto mine = open();
        for (std::int64_t i = 0; i < kRows; ++i) {
          Batch batch(test);
          batch.replay(10 * i, {static_cast<double>(replica)});
          WriteOutcome outcome;
          absl::Status status;
          do {  // the other one was faster: looked at again, it is gone
            outcome = WriteOutcome();
            status = mine->write(batch.get(), batch.all(), Delivery::kFirst, outcome);
          } while (absl::IsAborted(status));
          EXPECT_TRUE(status.ok()) << status;
          stored[replica] += outcome.replayed.stored;
        }
      });
    }
  }
  EXPECT_EQ(stored[0] + stored[1], static_cast<std::uint64_t>(kRows));
  EXPECT_EQ(points().size(), static_cast<std::size_t>(kRows));
  EXPECT_THAT(rejected(), IsEmpty());
}

}  // namespace
}  // namespace millrace::time_series
