// SPDX-License-Identifier: Apache-2.0
//
// Questions to the registry about tokens, coalesced as receivers coalesce uploads: a bounded number
// is in flight, and what is asked meanwhile travels together in the next one. Idle, each token is a
// question of its own and leaves at once; busy, hundreds share one. No timer, no thread.
//
// A registry of before there were questions about many tokens serves nobody on their subject: then
// tokens are asked about one by one for a while.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/bus/connection.h"
#include "lib/bus/unique_id.h"
#include "lib/concurrency/mutex.h"
#include "lib/metrics/metric.h"
#include "lib/registry_client/call_gate.h"
#include "lib/registry_client/token_cache.h"

namespace millrace::registry_client {

// Safe to use from any thread. How many tokens may wait is for the caller to bound.
class TokenQuestions {
 public:
  struct Options {
    std::size_t max_in_flight = 2;
    // While tokens are asked about one by one.
    std::size_t max_single_in_flight = 64;
    // Of a question; the registry takes 256 and 64 KiB. One token always fits.
    std::size_t max_tokens = 256;
    std::size_t max_bytes = 32 << 10;
    std::chrono::milliseconds timeout{2'000};
    // How long the registry is taken for one that knows single questions only.
    std::chrono::milliseconds single_for{10'000};
  };

  struct Asked {
    TokenKey key;
    int repeats = 0;  // the caller's: how often it was asked before for the same look-up
  };

  // Whoever wants to know. Must live until `gate` is closed.
  class Asker {
   public:
    virtual ~Asker() = default;
    // Before a question leaves.
    virtual TokenCache::Asking asking() = 0;
    // Once for each question, outside all locks, inside add() or on a bus thread; may add() again.
    // `answers` has one for each of `asked`. When the registry is away, those that wait are
    // answered with it, so that nobody waits for longer than one time-out.
    virtual void answered(std::vector<Asked> asked, const TokenCache::Asking& asking,
                          std::vector<LookUp> answers) = 0;
  };

  // Answers are dropped once `gate` is closed.
  TokenQuestions(bus::Connection& connection, Options options, Asker& asker,
                 std::shared_ptr<CallGate> gate, process::Platform& platform);
  TokenQuestions(const TokenQuestions&) = delete;
  TokenQuestions& operator=(const TokenQuestions&) = delete;

  void add(Asked asked);

 private:
  struct Question {
    std::vector<Asked> asked;
    TokenCache::Asking asking;
    bool single = false;
  };

  void pump();
  bool may_send() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Question take_next() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void send(Question question);
  std::string payload_of(const Question& question);
  void on_answer(Question question, const absl::StatusOr<std::string>& answer);
  void ask_one_by_one(Question question);
  std::vector<Asked> settle(const Question& question, bool away);

  bus::Connection& connection_;
  const Options options_;
  Asker& asker_;
  const std::shared_ptr<CallGate> gate_;
  const time::Clock& clock_;
  const metrics::Histogram tokens_;
  bus::UniqueIds ids_;

  concurrency::Mutex mutex_;
  std::deque<Asked> waiting_ ABSL_GUARDED_BY(mutex_);
  std::size_t in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  time::Instant single_until_ ABSL_GUARDED_BY(mutex_){};
  // One thread sends at a time; what others add meanwhile it takes along.
  bool sending_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace millrace::registry_client
