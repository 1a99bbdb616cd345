// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "lib/time_series/endpoint_history.h"
#include "lib/time_series/itest_database.h"
#include "lib/time_series/itest_outside.h"
#include "lib/time_series/ledger.h"
#include "lib/time_series/message_ends.h"
#include "lib/time_series/reader.h"
#include "lib/time_series/writer_session.h"

namespace millrace::time_series {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class EndpointHistoryTest : public testing::Test {
 protected:
  // One sample with a value for each letter, at a second of the test's clock.
  void store(const std::string& endpoint, int second, std::int64_t seq,
             const std::string& letters) {
    SampleBatch batch;
    batch.begin_upload({application_, "v1", endpoint, "c", 1});
    std::string shape;
    std::vector<double> numbers;
    for (const char letter : letters) {
      append_value_name(shape, ValueType::kNumber, "auto~", std::string(1, letter));
      numbers.push_back(static_cast<double>(seq));
    }
    SampleBatch::Facts facts;
    facts.seq = seq;
    facts.time = facts.received_at = outside_.clock.now() + std::chrono::seconds(second);
    batch.add_sample(facts, shape, numbers);
    WriteOutcome outcome;
    const absl::Status status = session_->write(batch, {0, 1}, Delivery::kAgain, outcome);
    EXPECT_TRUE(status.ok()) << status;
  }
  // "@second seq(replaced) series=number ..."
  std::vector<std::string> history(const std::string& endpoint, std::int64_t limit = 10) {
    const auto key = find_application(*connection_, application_);
    EXPECT_TRUE(key.ok() && key->has_value());
    const auto frames = read_newest_frames(*connection_, **key, endpoint, limit);
    EXPECT_TRUE(frames.ok()) << frames.status();
    std::vector<std::string> texts;
    for (const StoredFrame& frame : *frames) {
      std::string text =
          fmt::format("@{} {}({})", (frame.time - outside_.clock.now()) / std::chrono::seconds(1),
                      frame.seq, frame.replaced);
      for (const StoredValue& value : frame.values) {
        text += fmt::format(" {}={}", value.series_name, value.number.value_or(-1));
      }
      texts.push_back(text);
    }
    return texts;
  }

  const std::string application_ = testing::UnitTest::GetInstance()->current_test_info()->name();
  ItestOutside outside_;
  std::unique_ptr<postgres::Connection> connection_ = itest_connect();
  std::unique_ptr<WriterSession> session_ =
      *WriterSession::open(itest_options(), {}, outside_.platform);
};

TEST_F(EndpointHistoryTest, ShowsTheNewestFramesWithTheirValues) {
  store("ep", 0, 1, "ab");
  store("ep", 2, 2, "a");
  store("ep", 1, 3, "ba");
  store("other", 5, 4, "a");
  EXPECT_THAT(history("ep"), ElementsAre("@2 2(0) auto~a=2", "@1 3(0) auto~a=3 auto~b=3",
                                         "@0 1(0) auto~a=1 auto~b=1"));
  EXPECT_THAT(history("ep", 1), ElementsAre("@2 2(0) auto~a=2"));
  EXPECT_THAT(history("nobody"), IsEmpty());
}

TEST_F(EndpointHistoryTest, TellsFramesOfOneInstantApartAndWhatTheyReplaced) {
  store("ep", 0, 1, "a");
  store("ep", 0, 2, "a");
  store("ep", 0, 3, "b");
  EXPECT_THAT(history("ep"), testing::UnorderedElementsAre("@0 2(1) auto~a=2", "@0 3(0) auto~b=3"));
}

TEST_F(EndpointHistoryTest, TellsWhichMessagesHaveEnded) {
  const auto begun = begin_epoch_if_new(*connection_, [this]() -> absl::StatusOr<StreamPosition> {
    StreamPosition stream;
    stream.created = application_;
    return stream;
  });
  ASSERT_TRUE(begun.ok());
  const std::vector<MessageEnd> ends = {{2, 1, 0, 0, 0, false}, {5, 1, 0, 0, 0, false}};
  ASSERT_TRUE(write_message_ends(*connection_, ends).ok());
  EXPECT_THAT(*read_ended(*connection_, {1, 2, 3, 5}), testing::UnorderedElementsAre(2, 5));
}

}  // namespace
}  // namespace millrace::time_series
