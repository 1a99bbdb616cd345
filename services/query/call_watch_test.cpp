// SPDX-License-Identifier: Apache-2.0
#include "query/call_watch.h"

#include <gmock/gmock.h>

#include "lib/error/error.h"
#include "lib/error/retry_after.h"

namespace millrace::query {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

class CallWatchTest : public testing::Test {
 protected:
  std::unique_ptr<CallWatch::Call> admit(std::int64_t key_id = 1) {
    auto call = watch_.admit({[this] { return cancelled_; }, [this] { return past_deadline_; },
                              [this] {
                                ++ended_;
                                cancelled_ = true;
                              }},
                             key_id);
    EXPECT_TRUE(call.ok()) << call.status();
    return call.ok() ? *std::move(call) : nullptr;
  }
  std::function<void()> cancel() {
    return [this] { ++statement_cancelled_; };
  }

  log::Logger log_{"test", log::Level::kError};
  metrics::Registry metrics_;
  process::Readiness readiness_;
  time::ManualClock clock_;
  process::Platform platform_{log_, metrics_, readiness_, clock_};
  CallWatch watch_{{3, 2, seconds{100}, seconds{10}}, platform_};
  bool cancelled_ = false;
  bool past_deadline_ = false;
  int ended_ = 0;
  int statement_cancelled_ = 0;
};

TEST_F(CallWatchTest, ACallThatIsWaitedForIsLeftAlone) {
  const auto call = admit();
  call->begin_statement(cancel());
  watch_.poll();
  EXPECT_EQ(statement_cancelled_, 0);
  EXPECT_TRUE(call->check().ok());
}

TEST_F(CallWatchTest, ACancelledCallsStatementIsCancelledUntilItEnds) {
  const auto call = admit();
  call->begin_statement(cancel());
  cancelled_ = true;
  watch_.poll();
  watch_.poll();
  EXPECT_EQ(statement_cancelled_, 2);
  call->end_statement();
  watch_.poll();
  EXPECT_EQ(statement_cancelled_, 2);
  EXPECT_EQ(call->check().code(), absl::StatusCode::kCancelled);
}

TEST_F(CallWatchTest, APassedDeadlineCancelsTheStatement) {
  const auto call = admit();
  call->begin_statement(cancel());
  past_deadline_ = true;
  watch_.poll();
  EXPECT_EQ(statement_cancelled_, 1);
  EXPECT_EQ(call->check().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(CallWatchTest, AClientThatTakesNothingIsGivenUp) {
  const auto call = admit();
  call->begin_write();
  clock_.advance(seconds{10});
  watch_.poll();
  EXPECT_EQ(ended_, 0);
  clock_.advance(seconds{1});
  watch_.poll();
  watch_.poll();
  EXPECT_EQ(ended_, 1);
  EXPECT_EQ(call->check().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(error::message(call->check()), HasSubstr("stall-timeout"));
}

TEST_F(CallWatchTest, EachWriteMayTakeItsTime) {
  const auto call = admit();
  for (int i = 0; i < 5; ++i) {
    call->begin_write();
    clock_.advance(seconds{9});
    watch_.poll();
    call->end_write();
  }
  EXPECT_EQ(ended_, 0);
}

TEST_F(CallWatchTest, ACallThatRunsTooLongIsEnded) {
  const auto call = admit();
  clock_.advance(seconds{101});
  watch_.poll();
  EXPECT_EQ(ended_, 1);
  EXPECT_THAT(error::message(call->check()), HasSubstr("call-timeout"));
}

TEST_F(CallWatchTest, NoMoreCallsThanAllowedRunAtATime) {
  auto first = admit(1);
  const auto second = admit(1);
  const auto third = admit(2);
  const absl::Status full = watch_.admit({}, 2).status();
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(error::message(full), HasSubstr("setting max-calls"));
  EXPECT_TRUE(error::retry_after(full).has_value());
  first.reset();
  EXPECT_NE(admit(2), nullptr);
  EXPECT_THAT(metrics_.expose(),
              HasSubstr("millrace_query_refused_calls_total{reason=\"max_calls\"} 1"));
}

TEST_F(CallWatchTest, OneKeyLeavesCallsToOthers) {
  auto first = admit(1);
  const auto second = admit(1);
  const absl::Status refused = watch_.admit({}, 1).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(error::message(refused), HasSubstr("setting max-calls-per-key"));
  EXPECT_TRUE(error::retry_after(refused).has_value());
  EXPECT_NE(admit(2), nullptr);
  first.reset();
  EXPECT_NE(admit(1), nullptr);
  EXPECT_THAT(metrics_.expose(),
              HasSubstr("millrace_query_refused_calls_total{reason=\"max_calls_per_key\"} 1"));
}

TEST_F(CallWatchTest, ACallKnowsItsKey) {
  EXPECT_EQ(admit(7)->key_id(), 7);
}

TEST_F(CallWatchTest, ACallThatIsOverIsNotTouchedAnyMore) {
  auto call = admit();
  call->begin_statement(cancel());
  call.reset();
  cancelled_ = true;
  clock_.advance(seconds{1000});
  watch_.poll();
  EXPECT_EQ(statement_cancelled_, 0);
  EXPECT_EQ(ended_, 0);
}

TEST_F(CallWatchTest, ItsThreadPollsUntilStopped) {
  watch_.start();
  const auto call = admit();
  concurrency::Mutex mutex;
  concurrency::CondVar changed;
  bool was_cancelled = false;
  call->begin_statement([&] {
    concurrency::MutexLock lock(mutex);
    was_cancelled = true;
    changed.notify_all();
  });
  call->begin_write();
  clock_.advance(seconds{11});
  {
    concurrency::MutexLock lock(mutex);
    while (!was_cancelled) changed.wait(mutex);
  }
  watch_.stop();
  EXPECT_EQ(ended_, 1);
}

}  // namespace
}  // namespace millrace::query
