// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <gmock/gmock.h>

#include "epts/fakes.h"
#include "epts/itest_database.h"
#include "epts/ledger_watch.h"
#include "epts/schema.h"
#include "lib/time_series/message_ends.h"

namespace millrace::epts {
namespace {

constexpr std::chrono::minutes kKeep{5};

class LedgerWatchTest : public testing::Test {
 protected:
  void SetUp() override {
    make_schema();
    connection_ = *postgres::Connection::connect(database_options(itest_settings()));
    stream_->created = testing::UnitTest::GetInstance()->current_test_info()->name();
    stream_->first_sequence = 1;
    ASSERT_TRUE(watch_.begin(*connection_).ok());
  }
  // Messages that arrive and end, and are acknowledged but for the last `pending`.
  void end(std::int64_t messages, std::int64_t pending = 0) {
    std::vector<time_series::MessageEnd> ends;
    for (std::int64_t i = 0; i < messages; ++i) {
      ends.push_back({.stream_sequence = static_cast<std::uint64_t>(++stream_->last_sequence)});
    }
    ASSERT_TRUE(time_series::write_message_ends(*connection_, ends).ok());
    stream_->messages = pending;
    stream_->first_sequence = stream_->last_sequence - pending + 1;
    consumer_->ack_pending = pending;
    consumer_->acknowledged_to = stream_->last_sequence - pending;
  }
  double difference() {
    EXPECT_TRUE(watch_.look(*connection_).ok());
    return outside_.metrics.gauge("millrace_epts_ledger_difference_messages", "").value();
  }

  FakeOutside outside_;
  absl::StatusOr<bus::StreamState> stream_ = bus::StreamState{};
  absl::StatusOr<bus::ConsumerState> consumer_ = bus::ConsumerState{};
  std::unique_ptr<postgres::Connection> connection_;
  LedgerWatch watch_{
      {[this] { return stream_; }, [this] { return consumer_; }}, kKeep, outside_.platform};
};

TEST_F(LedgerWatchTest, FindsNoDifferenceWhereEveryMessageEndedOrIsThere) {
  EXPECT_EQ(difference(), 0);
  end(10, 3);
  EXPECT_EQ(difference(), 0);
}

// nats-server 2.9 has messages again that were acknowledged, and gives them to nobody.
TEST_F(LedgerWatchTest, IsNotMisledByWhatAKilledServerHasAgain) {
  end(10);
  stream_->messages = 4;
  stream_->first_sequence = 7;
  EXPECT_EQ(difference(), 0);
  outside_.clock.advance(kKeep);
  EXPECT_EQ(difference(), 0);
  EXPECT_EQ(ask("SELECT count(*) FROM time_series.ended_message"
                " WHERE epoch = (SELECT max(epoch) FROM time_series.ledger_epoch)"),
            "1");
}

TEST_F(LedgerWatchTest, MeasuresMessagesThatLeftWithoutAnEnd) {
  end(10);
  stream_->last_sequence += 2;
  stream_->first_sequence += 2;
  EXPECT_EQ(difference(), 2);
}

TEST_F(LedgerWatchTest, BeginsAnewWithAStreamMadeAnew) {
  end(10);
  stream_->created += " again";
  stream_->last_sequence = 4;
  stream_->messages = 1;
  EXPECT_EQ(difference(), 0);
}

TEST_F(LedgerWatchTest, BeginsAnewWhereAnOperatorHasEndedTheLedger) {
  end(10);
  stream_->last_sequence += 2;
  EXPECT_EQ(difference(), 2);
  run_sql("DELETE FROM time_series.ledger_epoch");
  EXPECT_EQ(difference(), 0);
}

TEST_F(LedgerWatchTest, SaysThatItCannotTell) {
  EXPECT_EQ(difference(), 0);
  stream_ = absl::UnavailableError("away");
  EXPECT_TRUE(std::isnan(difference()));
}

TEST_F(LedgerWatchTest, ForgetsMessagesSomeTimeAfterTheyLeft) {
  const auto remembered = [] {
    return ask(
        "SELECT count(*) FROM time_series.ended_message"
        " WHERE epoch = (SELECT max(epoch) FROM time_series.ledger_epoch)");
  };
  end(10);
  EXPECT_EQ(difference(), 0);
  EXPECT_EQ(remembered(), "10");
  outside_.clock.advance(kKeep);
  end(5);
  EXPECT_EQ(difference(), 0);
  EXPECT_EQ(remembered(), "6");  // the newest of the ten, and those that came since
  outside_.clock.advance(kKeep);
  EXPECT_EQ(difference(), 0);
  EXPECT_EQ(remembered(), "1");
}

}  // namespace
}  // namespace millrace::epts
