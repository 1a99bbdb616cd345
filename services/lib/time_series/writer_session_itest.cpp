// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "lib/concurrency/mutex.h"
#include "lib/error/error.h"
#include "lib/time_series/itest_database.h"
#include "lib/time_series/itest_outside.h"
#include "lib/time_series/writer_session.h"

namespace millrace::time_series {
namespace {

using testing::ElementsAre;

struct Point {
  std::string series;
  double number = 0;
};

// A batch whose samples are at second `at` of the test's clock. Copies share the texts that the
// batch borrows.
class Batch {
 public:
  Batch(const std::string& application, time::UnixMicros start) : start_(start) {
    texts_->push_back(application);
  }

  Batch& add(const std::string& endpoint, int at, std::int64_t seq,
             const std::vector<Point>& points) {
    begin(endpoint);
    std::string shape;
    std::vector<double> numbers;
    for (const Point& point : points) {
      append_value_name(shape, ValueType::kNumber, "auto~", point.series);
      numbers.push_back(point.number);
    }
    batch_.add_sample(facts(at, seq), shape, numbers);
    return *this;
  }
  Batch& reject(const std::string& endpoint, int at, std::int64_t seq, std::uint32_t weight = 1) {
    begin(endpoint);
    SampleBatch::Facts of = facts(at, seq);
    of.weight = weight;
    batch_.add_sample(of, {}, {});
    batch_.reject({RejectionReason::kInvalidUpload, "no JSON"});
    return *this;
  }
  const SampleBatch& get() const { return batch_; }
  SampleRange all() const { return {0, batch_.samples().size()}; }

 private:
  void begin(const std::string& endpoint) {
    texts_->push_back(endpoint);
    batch_.begin_upload({texts_->front(), "v1", texts_->back(), "c", 1});
  }
  SampleBatch::Facts facts(int at, std::int64_t seq) const {
    SampleBatch::Facts facts;
    facts.seq = seq;
    facts.time = facts.received_at = start_ + std::chrono::seconds(at);
    facts.json = "{}";
    return facts;
  }

  const time::UnixMicros start_;
  const std::shared_ptr<std::deque<std::string>> texts_ =
      std::make_shared<std::deque<std::string>>();
  SampleBatch batch_;
};

// "stored/merged/rejected/repeated"
std::string ledger(const WriteOutcome& outcome) {
  return fmt::format("{}/{}/{}/{}", outcome.stored, outcome.merged, outcome.rejected,
                     outcome.repeated);
}

class WriterSessionTest : public testing::Test {
 protected:
  std::unique_ptr<WriterSession> open(WriterLimits limits = {}) {
    auto session = WriterSession::open(itest_options(), limits, outside_.platform);
    EXPECT_TRUE(session.ok()) << session.status();
    return *std::move(session);
  }
  Batch batch(const std::string& application) { return {application, outside_.clock.now()}; }

  std::string write(WriterSession& session, const Batch& batch,
                    Delivery delivery = Delivery::kFirst) {
    WriteOutcome outcome;
    const absl::Status status = session.write(batch.get(), batch.all(), delivery, outcome);
    return status.ok() ? ledger(outcome) : error::message(status);
  }
  // "endpoint @second series=number ..." of all frames of an application, through the catalogue as
  // a reader goes.
  std::vector<std::string> stored(const std::string& application) {
    const auto rows = connection_->execute(
        "SELECT e.endpoint_id || ' @' || extract(epoch FROM f.time - $2)::int || ' ' || ("
        "  SELECT string_agg(v.series_name || '=' || f.numbers[k.slot], ' ' ORDER BY v.series_name)"
        "  FROM unnest(l.number_keys) WITH ORDINALITY AS k (key, slot)"
        "  JOIN time_series.series_value v ON v.value_key = k.key)"
        " FROM time_series.application a JOIN time_series.endpoint e USING (application_key)"
        " JOIN time_series.endpoint_layout x USING (endpoint_key)"
        " JOIN time_series.layout l USING (layout_key)"
        " JOIN time_series.frame f USING (endpoint_key, layout_key)"
        " WHERE a.name = $1 ORDER BY 1",
        {postgres::to_param(application), postgres::to_param(outside_.clock.now())});
    EXPECT_TRUE(rows.ok()) << rows.status();
    std::vector<std::string> texts;
    for (int row = 0; row < rows->rows(); ++row) texts.emplace_back(rows->text(row, 0));
    return texts;
  }

  ItestOutside outside_;
  std::unique_ptr<postgres::Connection> connection_ = itest_connect();
};

TEST_F(WriterSessionTest, StoresASampleAsOneFrameThatReadersFind) {
  const auto session = open();
  const Batch samples = batch("ws-store")
                            .add("ep1", 0, 1, {{"t", 20.5}, {"h", 40}})
                            .add("ep2", 0, 2, {{"h", 41}, {"t", 21}})
                            .add("ep1", 1, 3, {{"t", 22}});
  EXPECT_EQ(write(*session, samples), "3/0/0/0");
  EXPECT_THAT(stored("ws-store"), ElementsAre("ep1 @0 auto~h=40 auto~t=20.5", "ep1 @1 auto~t=22",
                                              "ep2 @0 auto~h=41 auto~t=21"));
}

TEST_F(WriterSessionTest, CountsFramesAndPoints) {
  const auto session = open();
  const Batch samples =
      batch("ws-count").add("ep", 0, 1, {{"a", 1}, {"b", 2}}).add("ep", 1, 2, {{"a", 1}});
  WriteOutcome outcome;
  ASSERT_TRUE(session->write(samples.get(), samples.all(), Delivery::kFirst, outcome).ok());
  EXPECT_EQ(outcome.frames, 2U);
  EXPECT_EQ(outcome.points, 3U);
}

TEST_F(WriterSessionTest, ChangesNothingWhenABatchIsStoredAgain) {
  const auto session = open();
  const Batch samples = batch("ws-again").add("ep", 0, 1, {{"a", 1}}).reject("ep", 1, 2);
  EXPECT_EQ(write(*session, samples), "1/0/1/0");
  EXPECT_EQ(write(*session, samples, Delivery::kAgain), "0/0/0/2");
  EXPECT_EQ(write(*open(), samples), "0/0/0/2");
  EXPECT_THAT(stored("ws-again"), ElementsAre("ep @0 auto~a=1"));
}

TEST_F(WriterSessionTest, GoesTheStagedWayAfterAConflictAndBackWhenThereIsNone) {
  const auto session = open();
  EXPECT_EQ(write(*session, batch("ws-path").add("ep", 0, 1, {{"a", 1}})), "1/0/0/0");
  EXPECT_EQ(session->last_path(), InsertPath::kDirect);
  EXPECT_EQ(write(*session, batch("ws-path").add("ep", 0, 2, {{"a", 2}})), "0/1/0/0");
  EXPECT_EQ(session->last_path(), InsertPath::kStaged);
  for (int i = 1; i < 10; ++i) {
    EXPECT_EQ(write(*session, batch("ws-path").add("ep", i, 2 + i, {{"a", 2}})), "1/0/0/0");
  }
  EXPECT_EQ(session->last_path(), InsertPath::kDirect);
}

TEST_F(WriterSessionTest, MergesSamplesOfOneInstantWithinABatchByTheirPosition) {
  const auto session = open();
  const Batch samples = batch("ws-merge")
                            .add("ep", 0, 5, {{"a", 5}})
                            .add("ep", 0, 9, {{"a", 9}})
                            .add("ep", 0, 7, {{"a", 7}});
  EXPECT_EQ(write(*session, samples), "1/2/0/0");
  EXPECT_THAT(stored("ws-merge"), ElementsAre("ep @0 auto~a=9"));
  EXPECT_EQ(write(*session, samples, Delivery::kAgain), "0/0/0/3");
}

TEST_F(WriterSessionTest, KeepsSamplesOfDifferentLayoutsAtOneInstantApart) {
  const auto session = open();
  const Batch samples =
      batch("ws-layouts").add("ep", 0, 1, {{"a", 1}}).add("ep", 0, 2, {{"a", 2}, {"b", 3}});
  EXPECT_EQ(write(*session, samples), "2/0/0/0");
  EXPECT_THAT(stored("ws-layouts"), ElementsAre("ep @0 auto~a=1", "ep @0 auto~a=2 auto~b=3"));
}

TEST_F(WriterSessionTest, LetsTheLaterPositionStandInWhateverOrderBatchesCome) {
  const auto session = open();
  EXPECT_EQ(write(*session, batch("ws-order").add("ep", 0, 9, {{"a", 9}})), "1/0/0/0");
  EXPECT_EQ(write(*session, batch("ws-order").add("ep", 0, 5, {{"a", 5}})), "0/1/0/0");
  EXPECT_EQ(write(*session, batch("ws-order").add("ep", 0, 12, {{"a", 12}})), "0/1/0/0");
  EXPECT_THAT(stored("ws-order"), ElementsAre("ep @0 auto~a=12"));
}

TEST_F(WriterSessionTest, CountsASampleOfManyFramesOnce) {
  WriterLimits limits;
  limits.max_layouts = 0;
  const auto session = open(limits);
  const Batch samples = batch("ws-singles").add("ep", 0, 5, {{"a", 1}, {"b", 2}, {"c", 3}});
  EXPECT_EQ(write(*session, samples), "1/0/0/0");
  EXPECT_THAT(stored("ws-singles"),
              ElementsAre("ep @0 auto~a=1", "ep @0 auto~b=2", "ep @0 auto~c=3"));
  EXPECT_EQ(write(*session, samples, Delivery::kAgain), "0/0/0/1");
  EXPECT_EQ(write(*session, batch("ws-singles").add("ep", 0, 6, {{"a", 4}, {"d", 5}})), "1/0/0/0");
  EXPECT_EQ(write(*session, batch("ws-singles").add("ep", 0, 7, {{"a", 6}, {"b", 7}})), "0/1/0/0");
}

TEST_F(WriterSessionTest, RejectsValuesBeyondTheBoundOfSeriesAndStoresTheOthers) {
  WriterLimits limits;
  limits.max_values = 2;
  const auto session = open(limits);
  const Batch samples = batch("ws-series")
                            .add("ep", 0, 1, {{"a", 1}, {"b", 2}})
                            .add("ep", 1, 2, {{"a", 3}, {"c", 4}})
                            .add("ep", 2, 3, {{"d", 5}});
  EXPECT_EQ(write(*session, samples), "2/0/1/0");
  EXPECT_THAT(stored("ws-series"), ElementsAre("ep @0 auto~a=1 auto~b=2", "ep @1 auto~a=3"));
  const auto rows = connection_->execute(
      "SELECT seq || ' ' || reason || ' ' || partly_stored || ' ' || detail"
      " FROM time_series.rejected_sample JOIN time_series.application USING (application_key)"
      " WHERE name = 'ws-series' ORDER BY seq");
  ASSERT_EQ(rows->rows(), 2);
  EXPECT_EQ(rows->text(0, 0),
            "2 too_many_series true cannot store auto~c: the application has as many series as it "
            "may (setting max-series-per-application of epts)");
  EXPECT_THAT(std::string(rows->text(1, 0)),
              testing::StartsWith("3 too_many_series false cannot store auto~d: "));
}

TEST_F(WriterSessionTest, BoundsAnEndpointAndNoOther) {
  WriterLimits limits;
  limits.endpoint = {3, 1};
  const auto session = open(limits);
  const Batch samples = batch("ws-endpoint")
                            .add("greedy", 0, 1, {{"a", 1}, {"b", 2}})
                            .add("greedy", 1, 2, {{"a", 3}, {"c", 4}, {"d", 5}})
                            .add("greedy", 2, 3, {{"e", 6}})
                            .add("other", 0, 4, {{"d", 7}, {"a", 8}});
  WriteOutcome outcome;
  ASSERT_TRUE(session->write(samples.get(), samples.all(), Delivery::kFirst, outcome).ok());
  EXPECT_EQ(ledger(outcome), "3/0/1/0");
  EXPECT_EQ(outcome.refused.size(), 2U);
  const std::vector<std::string> all = {"greedy @0 auto~a=1 auto~b=2", "greedy @1 auto~a=3",
                                        "greedy @1 auto~c=4", "other @0 auto~a=8 auto~d=7"};
  EXPECT_EQ(stored("ws-endpoint"), all);
  EXPECT_EQ(write(*session, samples, Delivery::kAgain), "0/0/0/4");
  EXPECT_EQ(write(*open(limits), samples, Delivery::kAgain), "0/0/0/4");
  EXPECT_EQ(stored("ws-endpoint"), all);
  const auto rows = connection_->execute(
      "SELECT seq || ' ' || reason || ' ' || partly_stored || ' ' || detail"
      " FROM time_series.rejected_sample JOIN time_series.application USING (application_key)"
      " WHERE name = 'ws-endpoint' ORDER BY seq");
  ASSERT_EQ(rows->rows(), 2);
  EXPECT_EQ(rows->text(0, 0),
            "2 too_many_series_of_endpoint true cannot store auto~d: the endpoint has as many "
            "series as it may (setting max-series-per-endpoint of epts)");
}

TEST_F(WriterSessionTest, CountsARejectedUploadWithAllItsSamples) {
  const auto session = open();
  const Batch samples = batch("ws-weight").reject("ep", 0, 1, 500);
  WriteOutcome outcome;
  ASSERT_TRUE(session->write(samples.get(), samples.all(), Delivery::kFirst, outcome).ok());
  EXPECT_EQ(ledger(outcome), "0/0/500/0");
  EXPECT_EQ(outcome.rejections[static_cast<std::size_t>(RejectionReason::kInvalidUpload)], 1U);
  EXPECT_EQ(write(*session, samples, Delivery::kAgain), "0/0/0/500");
}

TEST_F(WriterSessionTest, StoresAPartOfABatch) {
  const auto session = open();
  const Batch samples = batch("ws-part")
                            .add("ep", 0, 1, {{"a", 1}})
                            .add("ep", 1, 2, {{"a", 2}})
                            .add("ep", 2, 3, {{"a", 3}});
  WriteOutcome outcome;
  ASSERT_TRUE(session->write(samples.get(), {1, 2}, Delivery::kFirst, outcome).ok());
  EXPECT_EQ(ledger(outcome), "1/0/0/0");
  EXPECT_THAT(stored("ws-part"), ElementsAre("ep @1 auto~a=2"));
}

TEST_F(WriterSessionTest, RefusesWhatPostgresqlCannotHoldAndRollsTheBatchBack) {
  const auto session = open();
  const Batch samples = batch("ws-refuse")
                            .add("fine", 0, 1, {{"a", 1}})
                            .add(std::string("with\0nul", 8), 0, 2, {{"a", 2}});
  WriteOutcome outcome;
  const absl::Status status =
      session->write(samples.get(), samples.all(), Delivery::kFirst, outcome);
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_TRUE(stored("ws-refuse").empty());
  ASSERT_TRUE(session->write(samples.get(), {0, 1}, Delivery::kFirst, outcome).ok());
  EXPECT_THAT(stored("ws-refuse"), ElementsAre("fine @0 auto~a=1"));
}

TEST_F(WriterSessionTest, RefusesANameThatNoIndexHolds) {
  const auto session = open();
  std::string endless;
  std::mt19937 random(1);
  while (endless.size() < 8000) endless += static_cast<char>('!' + random() % 90);
  const Batch samples = batch("ws-endless").add(endless, 0, 1, {{"a", 1}});
  WriteOutcome outcome;
  EXPECT_TRUE(absl::IsInvalidArgument(
      session->write(samples.get(), samples.all(), Delivery::kFirst, outcome)));
}

TEST_F(WriterSessionTest, MakesAPartitionAgainThatWasDroppedBehindItsBack) {
  const auto session = open();
  EXPECT_EQ(write(*session, batch("ws-drop").add("ep", 0, 1, {{"a", 1}})), "1/0/0/0");
  const int year_ahead = 365 * 86'400;
  EXPECT_EQ(write(*session, batch("ws-drop").add("ep", year_ahead, 2, {{"a", 2}})), "1/0/0/0");
  ASSERT_TRUE(connection_->execute_script("DROP TABLE time_series.frame_p20271122").ok());
  EXPECT_EQ(write(*session, batch("ws-drop").add("ep", year_ahead, 3, {{"a", 3}})), "1/0/0/0");
}

TEST_F(WriterSessionTest, IsBrokenWhenItsConnectionIsCut) {
  const auto session = open();
  EXPECT_EQ(write(*session, batch("ws-cut").add("ep", 0, 1, {{"a", 1}})), "1/0/0/0");
  ASSERT_TRUE(connection_
                  ->execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                            " WHERE pid <> pg_backend_pid() AND datname = current_database()")
                  .ok());
  WriteOutcome outcome;
  const Batch samples = batch("ws-cut").add("ep", 1, 2, {{"a", 2}});
  EXPECT_TRUE(
      absl::IsUnavailable(session->write(samples.get(), samples.all(), Delivery::kFirst, outcome)));
  EXPECT_TRUE(session->broken());
  EXPECT_EQ(write(*open(), samples), "1/0/0/0");
}

TEST_F(WriterSessionTest, IsBrokenWhenTheCatalogueWasDeletedBehindItsBack) {
  const auto session = open();
  EXPECT_EQ(write(*session, batch("ws-stale").add("ep", 0, 1, {{"a", 1}})), "1/0/0/0");
  for (const char* table : {"endpoint_layout", "layout"}) {
    const auto deleted = connection_->execute(fmt::format(
        "DELETE FROM time_series.{} WHERE layout_key IN (SELECT layout_key FROM time_series.layout"
        " JOIN time_series.application USING (application_key) WHERE name = 'ws-stale')",
        table));
    ASSERT_TRUE(deleted.ok()) << deleted.status();
  }
  const Batch samples = batch("ws-stale").add("other", 1, 2, {{"a", 2}});
  WriteOutcome outcome;
  const absl::Status status =
      session->write(samples.get(), samples.all(), Delivery::kFirst, outcome);
  EXPECT_FALSE(status.ok());
  EXPECT_FALSE(absl::IsInvalidArgument(status));
  EXPECT_TRUE(session->broken());
  EXPECT_EQ(write(*open(), samples), "1/0/0/0");
}

// Writers take samples of the same instants in different orders, each batch twice, as replicas do
// when messages are delivered again. Whatever they do to each other, the last position stands, each
// sample is counted once as stored or merged, and nobody deadlocks.
TEST_F(WriterSessionTest, WritersWithOverlappingSamplesLeaveTheLastAndCountEachOnce) {
  constexpr int kWriters = 3;
  constexpr int kBatches = 40;
  constexpr int kSamples = 60;
  std::atomic<std::uint64_t> stored_or_merged{0};
  std::atomic<int> failures{0};
  concurrency::Mutex mutex;
  std::map<std::pair<int, int>, std::int64_t> last;  // (endpoint, second) → position
  {
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back([&, writer] {
        const auto session = open();
        std::mt19937 random(static_cast<unsigned>(writer));
        for (int b = 0; b < kBatches; ++b) {
          Batch samples = batch("ws-race");
          for (int i = 0; i < kSamples; ++i) {
            const int endpoint = static_cast<int>(random() % 10);
            const int second = static_cast<int>(random() % 30);
            // Positions of this writer only; later batches of any writer are not always higher.
            const std::int64_t seq = (b * kSamples + i) * kWriters + writer + 1;
            samples.add(fmt::format("ep{}", endpoint), second, seq,
                        {{"a", static_cast<double>(seq)}});
            const concurrency::MutexLock lock(mutex);
            std::int64_t& highest = last[{endpoint, second}];
            highest = std::max(highest, seq);
          }
          for (int attempt = 0; attempt < 2; ++attempt) {
            WriteOutcome outcome;
            const absl::Status status =
                session->write(samples.get(), samples.all(),
                               attempt == 0 ? Delivery::kFirst : Delivery::kAgain, outcome);
            if (!status.ok()) ++failures;
            if (attempt == 0) stored_or_merged += outcome.stored + outcome.merged;
          }
        }
      });
    }
  }
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(stored_or_merged, std::uint64_t{kWriters} * kBatches * kSamples);
  const auto rows = connection_->execute(
      "SELECT e.endpoint_id, extract(epoch FROM f.time - $1)::int, f.seq, f.numbers[1]::int8"
      " FROM time_series.frame f JOIN time_series.endpoint e USING (endpoint_key)"
      " JOIN time_series.application a USING (application_key) WHERE a.name = 'ws-race'",
      {postgres::to_param(outside_.clock.now())});
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(static_cast<std::size_t>(rows->rows()), last.size());
  for (int row = 0; row < rows->rows(); ++row) {
    const int endpoint = std::stoi(std::string(rows->text(row, 0).substr(2)));
    const std::int64_t expected = last[{endpoint, rows->int4(row, 1)}];
    EXPECT_EQ(rows->int8(row, 2), expected);
    EXPECT_EQ(rows->int8(row, 3), expected);
  }
}

}  // namespace
}  // namespace millrace::time_series
