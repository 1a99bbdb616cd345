// SPDX-License-Identifier: Apache-2.0
#include "epts/writer.h"

#include <deque>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "epts/fakes.h"

namespace millrace::epts {
namespace {

using std::chrono::milliseconds;

// Answers fetches from a list: the number of messages, or a failure.
class FakeConsumer final : public bus::Consumer {
 public:
  FakeConsumer(std::deque<absl::StatusOr<int>>& fetches, Deeds& deeds)
      : fetches_(fetches), deeds_(deeds) {}

  absl::StatusOr<Writer::Messages> fetch(const bus::FetchLimits&) override {
    const absl::StatusOr<int> next = fetches_.front();
    fetches_.pop_front();
    if (!next.ok()) return next.status();
    Writer::Messages messages;
    for (int i = 0; i < *next; ++i)
      messages.push_back(std::make_unique<FakeMessage>(deeds_, 1, ""));
    return messages;
  }
  absl::StatusOr<std::uint64_t> backlog_messages() override { return 0; }

 private:
  std::deque<absl::StatusOr<int>>& fetches_;
  Deeds& deeds_;
};

class WriterTest : public testing::Test {
 protected:
  // Runs until the list of fetches is at its end.
  void run() {
    Writer writer({[this] { return make_consumer(); },
                   [this](Writer::Messages messages, std::stop_token) {
                     handled_.push_back(messages.size());
                   },
                   [this](std::stop_token stop, milliseconds wait) {
                     pauses_.push_back(wait);
                     return !stop.stop_requested();
                   }},
                  {}, {milliseconds(100), milliseconds(400)}, outside_.platform);
    writer.run(stop_.get_token());
  }
  absl::StatusOr<std::unique_ptr<bus::Consumer>> make_consumer() {
    ++consumers_;
    if (fetches_.empty()) stop_.request_stop();
    if (failing_consumers_ > 0) {
      --failing_consumers_;
      return absl::UnavailableError("no stream");
    }
    if (fetches_.empty()) return absl::UnavailableError("end of the test");
    return std::make_unique<FakeConsumer>(fetches_, deeds_);
  }

  FakeOutside outside_;
  Deeds deeds_;
  std::stop_source stop_;
  std::deque<absl::StatusOr<int>> fetches_;
  int failing_consumers_ = 0;
  int consumers_ = 0;
  std::vector<std::size_t> handled_;
  std::vector<milliseconds> pauses_;
};

TEST_F(WriterTest, HandsOverWhatItFetches) {
  fetches_ = {3, 0, 2, absl::UnavailableError("end")};
  run();
  EXPECT_EQ(handled_, (std::vector<std::size_t>{3, 2}));
}

TEST_F(WriterTest, MakesTheConsumerAnewAfterAFailure) {
  fetches_ = {1, absl::UnavailableError("nats restarted"), 2, absl::UnavailableError("end")};
  run();
  EXPECT_EQ(handled_, (std::vector<std::size_t>{1, 2}));
  EXPECT_EQ(consumers_, 3);
  EXPECT_EQ(outside_.count("millrace_epts_fetch_errors_total"), 3);
}

TEST_F(WriterTest, PausesLongerAfterEachFailureAndBrieflyAgainAfterASuccess) {
  failing_consumers_ = 4;
  fetches_ = {1, absl::UnavailableError("end")};
  run();
  EXPECT_EQ(pauses_,
            (std::vector<milliseconds>{milliseconds(100), milliseconds(200), milliseconds(400),
                                       milliseconds(400), milliseconds(100), milliseconds(200)}));
}

}  // namespace
}  // namespace millrace::epts
