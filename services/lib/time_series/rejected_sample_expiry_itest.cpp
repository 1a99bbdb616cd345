// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "lib/time_series/itest_database.h"
#include "lib/time_series/rejected_sample_expiry.h"
#include "lib/time_series/series_catalogue.h"

namespace millrace::time_series {
namespace {

class RejectedSampleExpiryTest : public testing::Test {
 protected:
  void SetUp() override {
    SeriesCatalogue series(*connection_, 10);
    application_key_ = (*series.application("expiry"))->key;
    clear();
  }
  void TearDown() override { clear(); }

  void clear() {
    ASSERT_TRUE(connection_->execute_script("DELETE FROM time_series.rejected_sample").ok());
  }
  // One row for each of so many minutes before now, beginning with `first`.
  void add(int first, int count) {
    const auto inserted = connection_->execute(
        "INSERT INTO time_series.rejected_sample SELECT $1, 'ep', now(), n, 'v', 'r', 'd', false,"
        " '', false, 1, 'c', now() - n * interval '1 minute'"
        " FROM generate_series($2::int, $3::int) AS n",
        {postgres::to_param(application_key_), postgres::to_param(first),
         postgres::to_param(first + count - 1)});
    ASSERT_TRUE(inserted.ok()) << inserted.status();
  }
  // Ages in minutes of the youngest and oldest row, and their number.
  std::string left() {
    const auto rows = connection_->execute(
        "SELECT coalesce(min(seq) || '..' || max(seq) || ' ', '') || count(*)"
        " FROM time_series.rejected_sample");
    return std::string(rows->text(0, 0));
  }

  std::unique_ptr<postgres::Connection> connection_ = itest_connect();
  std::int32_t application_key_ = 0;
};

TEST_F(RejectedSampleExpiryTest, DeletesWhatIsTooOld) {
  add(1, 100);
  const auto deleted =
      expire_rejected_samples(*connection_, {std::chrono::minutes(60), 1000}, std::stop_token());
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  EXPECT_EQ(*deleted, 41);  // the one of 60 minutes is past 60 minutes by now
  EXPECT_EQ(left(), "1..59 59");
}

TEST_F(RejectedSampleExpiryTest, DeletesTheOldestBeyondTheNumber) {
  add(1, 100);
  EXPECT_EQ(*expire_rejected_samples(*connection_, {std::chrono::days(30), 10}, std::stop_token()),
            90);
  EXPECT_EQ(left(), "1..10 10");
}

TEST_F(RejectedSampleExpiryTest, DeletesMoreThanOneTransactionTakes) {
  add(1, 3500);
  EXPECT_EQ(*expire_rejected_samples(*connection_, {std::chrono::days(30), 200}, std::stop_token()),
            3300);
  EXPECT_EQ(left(), "1..200 200");
}

TEST_F(RejectedSampleExpiryTest, LeavesWhatIsWithinBothLimits) {
  add(1, 10);
  EXPECT_EQ(*expire_rejected_samples(*connection_, {std::chrono::days(30), 10}, std::stop_token()),
            0);
  EXPECT_EQ(left(), "1..10 10");
  clear();
  EXPECT_EQ(*expire_rejected_samples(*connection_, {std::chrono::days(30), 10}, std::stop_token()),
            0);
}

TEST_F(RejectedSampleExpiryTest, LeavesItToTheReplicaThatIsAtIt) {
  add(1, 100);
  const auto other = itest_connect();
  auto transaction = postgres::Transaction::begin(*other);
  ASSERT_TRUE(other
                  ->execute("SELECT pg_advisory_xact_lock("
                            "hashtextextended('millrace expiry of rejected_sample', 0))::text")
                  .ok());
  EXPECT_EQ(*expire_rejected_samples(*connection_, {std::chrono::days(30), 10}, std::stop_token()),
            0);
  ASSERT_TRUE(transaction->commit().ok());
  EXPECT_EQ(*expire_rejected_samples(*connection_, {std::chrono::days(30), 10}, std::stop_token()),
            90);
}

TEST_F(RejectedSampleExpiryTest, StopsWhenAsked) {
  add(1, 100);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(*expire_rejected_samples(*connection_, {std::chrono::days(30), 10}, stop.get_token()),
            0);
}

}  // namespace
}  // namespace millrace::time_series
