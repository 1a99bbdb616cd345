// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "lib/time_series/itest_database.h"
#include "lib/time_series/rejected_reader.h"

namespace millrace::time_series {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kStart = 1'793'491'200'000'000;

class RejectedReaderTest : public testing::Test {
 protected:
  void SetUp() override {
    connection_ = itest_connect();
    ASSERT_TRUE(prepare_session(*connection_).ok());
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    const auto key = connection_->execute(
        fmt::format("INSERT INTO time_series.application (name) VALUES ('{}') RETURNING"
                    " application_key",
                    test->name()));
    ASSERT_TRUE(key.ok()) << key.status();
    application_ = key->int4(0, 0);
  }

  void add(const std::string& endpoint_id, std::int64_t received_us, std::int64_t seq) {
    const auto added = connection_->execute(
        "INSERT INTO time_series.rejected_sample VALUES ($1, $2, $3, $4, 'v1', 'too_many_fields',"
        " 'has 300', true, '{\"a\":1}', false, 3, 'c')",
        {postgres::to_param(application_), postgres::to_param(endpoint_id),
         postgres::to_param(time::from_unix_us(kStart + received_us)), postgres::to_param(seq)});
    ASSERT_TRUE(added.ok()) << added.status();
  }

  // (endpoint, seq) of each sample, read page by page.
  std::vector<std::string> read(RejectedQuery query, std::int64_t page = 100) {
    query.application_key = application_;
    query.limit = page;
    std::vector<std::string> read;
    while (true) {
      const auto samples = read_rejected_samples(*connection_, query);
      EXPECT_TRUE(samples.ok()) << samples.status();
      if (!samples.ok() || samples->empty()) return read;
      for (const RejectedSample& sample : *samples) {
        read.push_back(fmt::format("{}:{}", sample.position.endpoint_id, sample.position.seq));
        query.behind = sample.position;
      }
    }
  }

  std::unique_ptr<postgres::Connection> connection_;
  std::int32_t application_ = 0;
};

TEST_F(RejectedReaderTest, NewestFirstInPagesOfAnySize) {
  add("b", 10, 1);
  add("a", 20, 2);
  add("a", 20, 3);
  add("b", 20, 3);
  add("a", 30, 4);
  for (const std::int64_t page : {1, 2, 3, 100}) {
    EXPECT_THAT(read({}, page), ElementsAre("a:4", "b:3", "a:3", "a:2", "b:1"));
  }
}

TEST_F(RejectedReaderTest, OfOneEndpoint) {
  add("a", 10, 1);
  add("b", 20, 2);
  add("a", 30, 3);
  RejectedQuery query;
  query.endpoint_id = "a";
  EXPECT_THAT(read(query, 1), ElementsAre("a:3", "a:1"));
}

TEST_F(RejectedReaderTest, TheRangeIsHalfOpen) {
  for (int i = 0; i < 5; ++i) add("a", i, i + 1);
  RejectedQuery query;
  query.from = time::from_unix_us(kStart + 1);
  query.to = time::from_unix_us(kStart + 3);
  EXPECT_THAT(read(query, 1), ElementsAre("a:3", "a:2"));
  query.to = query.from;
  EXPECT_THAT(read(query), IsEmpty());
}

TEST_F(RejectedReaderTest, AllThatIsKnownComesBack) {
  add("a", 5, 42);
  RejectedQuery query;
  query.application_key = application_;
  const auto samples = read_rejected_samples(*connection_, query);
  ASSERT_TRUE(samples.ok()) << samples.status();
  ASSERT_EQ(samples->size(), 1U);
  const RejectedSample& sample = samples->front();
  EXPECT_EQ(sample.position, (RejectedPosition{time::from_unix_us(kStart + 5), 42, "a"}));
  EXPECT_EQ(sample.app_version_name, "v1");
  EXPECT_EQ(sample.reason, "too_many_fields");
  EXPECT_EQ(sample.detail, "has 300");
  EXPECT_TRUE(sample.partly_stored);
  EXPECT_EQ(sample.sample, "{\"a\":1}");
  EXPECT_FALSE(sample.sample_cut);
  EXPECT_EQ(sample.rules_version, 3);
  EXPECT_EQ(sample.correlation_id, "c");
}

}  // namespace
}  // namespace millrace::time_series
