// SPDX-License-Identifier: Apache-2.0
#include "epts/backlog_watch.h"

#include <cmath>
#include <latch>

#include <gtest/gtest.h>

#include "epts/fakes.h"

namespace millrace::epts {
namespace {

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

class BacklogWatchTest : public testing::Test {
 protected:
  double gauge_after_a_look(BacklogWatch::MakeConsumer make_consumer) {
    std::latch looked(1);
    bool first = true;
    const BacklogWatch watch(std::move(make_consumer), outside_.platform, [&] {
      if (std::exchange(first, false)) looked.count_down();
    });
    looked.wait();
    return outside_.metrics.gauge("millrace_epts_backlog_messages", "").value();
  }

  FakeOutside outside_;
};

TEST_F(BacklogWatchTest, ShowsWhatTheConsumerSays) {
  EXPECT_EQ(gauge_after_a_look([] { return std::make_unique<FakeConsumer>(42); }), 42);
}

TEST_F(BacklogWatchTest, ShowsThatNobodyKnows) {
  EXPECT_TRUE(std::isnan(gauge_after_a_look([]() -> absl::StatusOr<std::unique_ptr<bus::Consumer>> {
    return absl::UnavailableError("nats away");
  })));
  EXPECT_TRUE(std::isnan(gauge_after_a_look(
      [] { return std::make_unique<FakeConsumer>(absl::UnavailableError("nats away")); })));
}

}  // namespace
}  // namespace millrace::epts
