// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/batcher.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/error/error.h"

namespace millrace::intake {
namespace {

using testing::ElementsAre;

// Keeps what is published until the test says what became of it.
class HeldOutlet final : public Batcher::Outlet {
 public:
  absl::Status publish(Batcher::Message message, Batcher::Done done) override {
    if (!refusal.ok()) return refusal;
    payloads.push_back(message.payload);
    uploads.push_back(message.uploads);
    shards.push_back(message.shard);
    const auto trace_id = trace::trace_id(message.trace);
    trace_ids.emplace_back(trace_id.has_value() ? *trace_id : "none");
    dones.push_back(std::move(done));
    return absl::OkStatus();
  }

  // The oldest message that is in flight.
  void settle(const absl::Status& status) { dones.at(settled++)(status); }
  void settle_all() {
    while (settled < dones.size()) settle(absl::OkStatus());
  }

  absl::Status refusal;
  std::vector<std::string> payloads;
  std::vector<std::size_t> uploads;
  std::vector<unsigned> shards;
  std::vector<std::string> trace_ids;
  std::vector<Batcher::Done> dones;
  std::size_t settled = 0;
};

class BatcherTest : public testing::Test {
 protected:
  // Adds an upload that is known by its record.
  static void add(Batcher& batcher, const std::string& record, unsigned shard = 0,
                  const std::string& trace_id = "") {
    auto upload = std::make_unique<Pending>();
    upload->correlation_id = record;
    if (!trace_id.empty()) {
      upload->trace = trace::TraceContext::parse("00-" + trace_id + "-b7ad6b7169203331-01");
    }
    batcher.add(shard, record, std::move(upload));
    batcher.publish();
  }
  Batcher::Published published() {
    return [this](const PendingUploads& uploads, const absl::Status& status) {
      for (const auto& upload : uploads) {
        answered.push_back(upload->correlation_id);
        codes.push_back(status.code());
        unknown.push_back(error::has_unknown_outcome(status));
        if (const auto next = std::exchange(on_answer, nullptr)) next();
      }
    };
  }

  HeldOutlet outlet;
  std::function<void()> on_answer;  // once
  std::vector<std::string> answered;
  std::vector<absl::StatusCode> codes;
  std::vector<bool> unknown;
};

constexpr Batcher::Options kOneInFlight{.max_message_bytes = 10, .max_in_flight = 1, .shards = 1};

TEST_F(BatcherTest, IdleEveryUploadLeavesAtOnceByItself) {
  Batcher batcher({.max_message_bytes = 10, .max_in_flight = 2, .shards = 1}, outlet, published());
  add(batcher, "a");
  EXPECT_THAT(outlet.payloads, ElementsAre("a"));
  add(batcher, "b");
  EXPECT_THAT(outlet.payloads, ElementsAre("a", "b"));
  EXPECT_THAT(answered, ElementsAre());
  outlet.settle_all();
  EXPECT_THAT(answered, ElementsAre("a", "b"));
  add(batcher, "c");
  EXPECT_THAT(outlet.payloads, ElementsAre("a", "b", "c"));
}

TEST_F(BatcherTest, BusyWhatArrivesMeanwhileTravelsTogether) {
  Batcher batcher(kOneInFlight, outlet, published());
  add(batcher, "a");
  add(batcher, "b");
  add(batcher, "c");
  add(batcher, "d");
  EXPECT_THAT(outlet.payloads, ElementsAre("a"));
  outlet.settle(absl::OkStatus());
  EXPECT_THAT(outlet.payloads, ElementsAre("a", "bcd"));
  EXPECT_THAT(outlet.uploads, ElementsAre(1, 3));
  EXPECT_THAT(answered, ElementsAre("a"));
  outlet.settle(absl::OkStatus());
  EXPECT_THAT(answered, ElementsAre("a", "b", "c", "d"));
}

TEST_F(BatcherTest, AMessageIsNoLongerThanItsLimit) {
  Batcher batcher(kOneInFlight, outlet, published());
  for (const char* record : {"-", "aaaa", "bbbb", "cccc", "dddddd", "e"}) add(batcher, record);
  for (int i = 0; i < 4; ++i) outlet.settle(absl::OkStatus());
  EXPECT_THAT(outlet.payloads, ElementsAre("-", "aaaabbbb", "ccccdddddd", "e"));
}

TEST_F(BatcherTest, AnUploadBeyondTheLimitTravelsAlone) {
  Batcher batcher(kOneInFlight, outlet, published());
  for (const char* record : {"-", "a", "twelve bytes", "b"}) add(batcher, record);
  for (int i = 0; i < 4; ++i) outlet.settle(absl::OkStatus());
  EXPECT_THAT(outlet.payloads, ElementsAre("-", "a", "twelve bytes", "b"));
}

TEST_F(BatcherTest, AMessageHoldsUploadsOfOneShard) {
  Batcher batcher({.max_message_bytes = 10, .max_in_flight = 1, .shards = 3}, outlet, published());
  add(batcher, "-");
  add(batcher, "a", 2);
  add(batcher, "b", 1);
  add(batcher, "c", 2);
  add(batcher, "d", 1);
  for (int i = 0; i < 3; ++i) outlet.settle(absl::OkStatus());
  EXPECT_THAT(outlet.payloads, ElementsAre("-", "ac", "bd"));
  EXPECT_THAT(outlet.shards, ElementsAre(0, 2, 1));
}

TEST_F(BatcherTest, AMessageHasTheTraceOfItsFirstTracedUpload) {
  const std::string one(32, '1');
  const std::string two(32, '2');
  Batcher batcher(kOneInFlight, outlet, published());
  add(batcher, "-");
  add(batcher, "a");
  add(batcher, "b", 0, one);
  add(batcher, "c", 0, two);
  add(batcher, "dddddddddd");
  add(batcher, "eeeeeeeeee", 0, two);
  for (int i = 0; i < 4; ++i) outlet.settle(absl::OkStatus());
  EXPECT_THAT(outlet.payloads, ElementsAre("-", "abc", "dddddddddd", "eeeeeeeeee"));
  EXPECT_THAT(outlet.trace_ids, ElementsAre("none", one, "none", two));
}

TEST_F(BatcherTest, NoMoreMessagesAreInFlightThanAllowed) {
  Batcher batcher({.max_message_bytes = 1, .max_in_flight = 3, .shards = 1}, outlet, published());
  for (int i = 0; i < 10; ++i) add(batcher, "x");
  EXPECT_EQ(outlet.payloads.size(), 3U);
  outlet.settle(absl::OkStatus());
  EXPECT_EQ(outlet.payloads.size(), 4U);
  outlet.settle_all();
  EXPECT_EQ(outlet.payloads.size(), 10U);
  EXPECT_EQ(answered.size(), 10U);
}

TEST_F(BatcherTest, UploadsShareTheFateOfTheirMessageOnly) {
  Batcher batcher(kOneInFlight, outlet, published());
  add(batcher, "a");
  add(batcher, "b");
  add(batcher, "c");
  outlet.settle(absl::ResourceExhaustedError("stream full"));
  EXPECT_THAT(answered, ElementsAre("a"));
  EXPECT_THAT(codes, ElementsAre(absl::StatusCode::kResourceExhausted));
  outlet.settle(absl::OkStatus());
  EXPECT_THAT(answered, ElementsAre("a", "b", "c"));
  EXPECT_EQ(codes.back(), absl::StatusCode::kOk);
}

TEST_F(BatcherTest, WhatWaitsBehindAnOutageHasCertainlyNotBeenSent) {
  Batcher batcher(kOneInFlight, outlet, published());
  add(batcher, "a");
  add(batcher, "b");
  outlet.settle(error::with_unknown_outcome(absl::DeadlineExceededError("silence")));
  EXPECT_THAT(unknown, ElementsAre(true, false));
  EXPECT_THAT(codes, testing::Each(testing::Ne(absl::StatusCode::kOk)));
}

TEST_F(BatcherTest, WhatWaitsBehindAnOutageFailsWithIt) {
  Batcher batcher(kOneInFlight, outlet, published());
  for (const char* record : {"a", "bbbbbbbb", "cccccccc"}) add(batcher, record);
  outlet.settle(absl::DeadlineExceededError("no acknowledgement"));
  EXPECT_THAT(answered, ElementsAre("a", "bbbbbbbb", "cccccccc"));
  EXPECT_THAT(codes, ElementsAre(absl::StatusCode::kDeadlineExceeded,
                                 absl::StatusCode::kUnavailable, absl::StatusCode::kUnavailable));
  EXPECT_THAT(outlet.payloads, ElementsAre("a"));
}

TEST_F(BatcherTest, AfterAnOutageUploadsGoOut) {
  Batcher batcher(kOneInFlight, outlet, published());
  add(batcher, "a");
  outlet.settle(absl::UnavailableError("disconnected"));
  add(batcher, "b");
  outlet.settle(absl::OkStatus());
  EXPECT_THAT(answered, ElementsAre("a", "b"));
  EXPECT_EQ(codes.back(), absl::StatusCode::kOk);
}

TEST_F(BatcherTest, ARefusedMessageFailsInsideTheCall) {
  Batcher batcher(kOneInFlight, outlet, published());
  outlet.refusal = absl::UnavailableError("not connected");
  add(batcher, "a");
  EXPECT_THAT(codes, ElementsAre(absl::StatusCode::kUnavailable));
  outlet.refusal = absl::OkStatus();
  add(batcher, "b");
  outlet.settle(absl::OkStatus());
  EXPECT_EQ(codes.back(), absl::StatusCode::kOk);
}

TEST_F(BatcherTest, ManyRefusedMessagesAreAnsweredOneByOne) {
  Batcher batcher(kOneInFlight, outlet, published());
  add(batcher, "first");
  for (int i = 0; i < 1'000; ++i) add(batcher, "0123456789");
  outlet.refusal = absl::ResourceExhaustedError("full");
  outlet.settle(absl::OkStatus());
  EXPECT_EQ(answered.size(), 1'001U);
}

TEST_F(BatcherTest, ACallbackMayAddTheNextUpload) {
  Batcher batcher(kOneInFlight, outlet, published());
  on_answer = [&] { add(batcher, "b"); };
  add(batcher, "a");
  outlet.settle(absl::OkStatus());
  EXPECT_THAT(outlet.payloads, ElementsAre("a", "b"));
  outlet.refusal = absl::UnavailableError("not connected");
  add(batcher, "c");
  on_answer = [&] { add(batcher, "d"); };
  outlet.settle(absl::OkStatus());
  EXPECT_THAT(answered, testing::UnorderedElementsAre("a", "b", "c", "d"));
}

TEST_F(BatcherTest, ClosingFailsWhatWaitsAndWhatComesLater) {
  Batcher batcher(kOneInFlight, outlet, published());
  add(batcher, "a");
  add(batcher, "b");
  batcher.close();
  add(batcher, "c");
  EXPECT_THAT(answered, ElementsAre("b", "c"));
  EXPECT_THAT(codes, testing::Each(absl::StatusCode::kCancelled));
  outlet.settle(absl::OkStatus());
  EXPECT_THAT(answered, ElementsAre("b", "c", "a"));
  EXPECT_THAT(outlet.payloads, ElementsAre("a"));
}

// Settles messages on a thread of its own, as a bus does.
class ThreadedOutlet final : public Batcher::Outlet {
 public:
  ThreadedOutlet() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

  absl::Status publish(Batcher::Message message, Batcher::Done done) override {
    concurrency::MutexLock lock(mutex_);
    bytes_ += message.payload;
    dones_.push_back(std::move(done));
    return absl::OkStatus();
  }

  std::string bytes() {
    concurrency::MutexLock lock(mutex_);
    return bytes_;
  }

 private:
  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::vector<Batcher::Done> settled;
      {
        concurrency::MutexLock lock(mutex_);
        settled.swap(dones_);
      }
      for (const Batcher::Done& done : settled) done(absl::OkStatus());
      if (settled.empty()) std::this_thread::yield();
    }
  }

  concurrency::Mutex mutex_;
  std::string bytes_ ABSL_GUARDED_BY(mutex_);
  std::vector<Batcher::Done> dones_ ABSL_GUARDED_BY(mutex_);
  std::jthread thread_;
};

TEST(BatcherThreads, EveryUploadIsAnsweredOnceAndInOrder) {
  constexpr int kThreads = 4;
  constexpr int kUploads = 2'000;
  ThreadedOutlet outlet;
  std::atomic<std::size_t> answered = 0;
  Batcher batcher(
      {.max_message_bytes = 64, .max_in_flight = 4, .shards = 1}, outlet,
      [&](const PendingUploads& uploads, const absl::Status&) { answered += uploads.size(); });
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < kUploads; ++i) {
          batcher.add(0, std::string(1, static_cast<char>('a' + thread)) + std::to_string(i) + ";",
                      std::make_unique<Pending>());
          batcher.publish();
        }
      });
    }
  }
  while (answered != kThreads * kUploads) std::this_thread::yield();

  // What one thread added left in its order.
  std::vector<int> next(kThreads, 0);
  const std::string bytes = outlet.bytes();
  for (std::size_t at = 0; at < bytes.size(); at = bytes.find(';', at) + 1) {
    int& expected = next.at(static_cast<std::size_t>(bytes[at] - 'a'));
    ASSERT_EQ(std::stoi(bytes.substr(at + 1)), expected++);
  }
  EXPECT_THAT(next, testing::Each(kUploads));
}

}  // namespace
}  // namespace millrace::intake
