// SPDX-License-Identifier: Apache-2.0
#include "epts/backlog_watch.h"

#include <cmath>
#include <latch>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "epts/fakes.h"

namespace millrace::epts {
namespace {

using std::chrono::seconds;

class FakeConsumer final : public bus::Consumer {
 public:
  explicit FakeConsumer(absl::StatusOr<std::uint64_t> backlog) : backlog_(std::move(backlog)) {}
  absl::StatusOr<std::vector<std::unique_ptr<bus::PulledMessage>>> fetch(
      const bus::FetchLimits&) override {
    return absl::UnimplementedError("not asked for");
  }
  absl::StatusOr<std::uint64_t> backlog_messages() override { return backlog_; }

 private:
  const absl::StatusOr<std::uint64_t> backlog_;
};

absl::StatusOr<std::unique_ptr<bus::Consumer>> consumer_with(
    absl::StatusOr<std::uint64_t> backlog) {
  return std::make_unique<FakeConsumer>(std::move(backlog));
}

class BacklogWatchTest : public testing::Test {
 protected:
  // Starts a watch and ends it after its first look.
  void look() {
    std::latch looked(1);
    bool first = true;
    const BacklogWatch watch({[this] { return state_; },
                              [this] {
                                ++consumers_made_;
                                return consumer_with(backlog_);
                              }},
                             platform_, [&] {
                               if (std::exchange(first, false)) looked.count_down();
                             });
    looked.wait();
  }
  double gauge(const std::string& name) {
    return outside_.metrics.gauge("millrace_epts_" + name, "").value();
  }

  FakeOutside outside_;
  std::string logged_;
  log::Logger log_{"test", log::Level::kWarning, outside_.clock,
                   [this](std::string_view line) { logged_ += line; }};
  process::Platform platform_{log_, outside_.metrics, outside_.readiness, outside_.clock};
  absl::StatusOr<bus::StreamState> state_ =
      bus::StreamState{50, 51200, 1 << 30, outside_.clock.now() - seconds{90}, 1, 50, ""};
  absl::StatusOr<std::uint64_t> backlog_ = 42;
  int consumers_made_ = 0;
};

TEST_F(BacklogWatchTest, ShowsWhatJetStreamSays) {
  look();
  EXPECT_EQ(gauge("backlog_messages"), 42);
  EXPECT_EQ(gauge("backlog_age_seconds"), 90);
  EXPECT_EQ(gauge("stream_bytes"), 51200);
  EXPECT_EQ(gauge("stream_max_bytes"), 1 << 30);
  EXPECT_EQ(logged_, "");
}

TEST_F(BacklogWatchTest, AnEmptyStreamHasNoAge) {
  state_ = bus::StreamState{0, 0, 1 << 30, std::nullopt, 51, 50, ""};
  look();
  EXPECT_EQ(gauge("backlog_age_seconds"), 0);
  EXPECT_EQ(gauge("stream_bytes"), 0);
}

TEST_F(BacklogWatchTest, AMessageFromTheFutureIsNew) {
  state_->oldest = outside_.clock.now() + seconds{5};
  look();
  EXPECT_EQ(gauge("backlog_age_seconds"), 0);
}

TEST_F(BacklogWatchTest, AStreamWithoutABoundIsNeverFull) {
  state_->max_bytes.reset();
  look();
  EXPECT_TRUE(std::isinf(gauge("stream_max_bytes")));
}

TEST_F(BacklogWatchTest, ShowsThatNobodyKnowsAndAsksNoFurther) {
  state_ = absl::UnavailableError("nats away");
  look();
  for (const char* name :
       {"backlog_messages", "backlog_age_seconds", "stream_bytes", "stream_max_bytes"}) {
    EXPECT_TRUE(std::isnan(gauge(name))) << name;
  }
  EXPECT_EQ(consumers_made_, 0);
  EXPECT_THAT(logged_, testing::HasSubstr("nats away"));
}

TEST_F(BacklogWatchTest, AConsumerThatIsAwayHidesOnlyItsOwnFigure) {
  backlog_ = absl::UnavailableError("consumer not found");
  look();
  EXPECT_TRUE(std::isnan(gauge("backlog_messages")));
  EXPECT_EQ(gauge("stream_bytes"), 51200);
  EXPECT_THAT(logged_, testing::HasSubstr("consumer not found"));
}

TEST_F(BacklogWatchTest, AnAnswerThatCannotBeReadHidesOnlyItsOwnFigures) {
  state_ = absl::InternalError("no 'bytes'");
  look();
  EXPECT_EQ(gauge("backlog_messages"), 42);
  EXPECT_TRUE(std::isnan(gauge("stream_bytes")));
  EXPECT_THAT(logged_, testing::HasSubstr("no 'bytes'"));
}

}  // namespace
}  // namespace millrace::epts
