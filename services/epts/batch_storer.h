// SPDX-License-Identifier: Apache-2.0
//
// Gets a batch stored, whatever it takes: waits while storage is away, does again what may or may
// not have happened, halves what is refused until the culprit is alone, turns that one into a
// rejected sample, and ends the batch's messages in the ledger. For one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <stop_token>
#include <utility>

#include "epts/ledger.h"
#include "epts/store.h"
#include "epts/store_faults.h"
#include "lib/process/platform.h"

namespace millrace::epts {

struct Backoff {
  std::chrono::milliseconds first{100};
  std::chrono::milliseconds longest{5000};
};

class BatchStorer {
 public:
  // Sleeps; false when stopped meanwhile.
  using Pause = std::function<bool(std::stop_token, std::chrono::milliseconds)>;
  struct Waiting {
    Backoff backoff;
    Pause pause;
    // Called before each attempt and between pauses: tells the bus that the messages are at work.
    std::function<void()> keep_alive;
    // Null: nobody asks.
    StoreFaults* faults = nullptr;
  };

  BatchStorer(Store& store, const Ledger& ledger, Waiting waiting, process::Platform& platform)
      : store_(store), ledger_(ledger), waiting_(std::move(waiting)), platform_(platform) {}
  ~BatchStorer() { tell_success(); }
  BatchStorer(const BatchStorer&) = delete;
  BatchStorer& operator=(const BatchStorer&) = delete;

  struct Stored {
    // False: `stop` was requested first; some of the batch may be stored.
    bool finished = false;
    // Indices of samples that not even rejected_sample takes.
    std::set<std::size_t> lost;
    // Values that no sample's frame got, see WriteOutcome.
    std::set<time_series::RefusedValue> refused;
    // Uploads of which nothing was done: replayed ones whose row is gone, or which PostgreSQL
    // refuses.
    std::set<std::uint32_t> untouched;
  };

  // Counts in the ledger what it commits. Samples that storage refuses become rejections in
  // `batch`; messages of samples that it does not even take as rejections are terminated there.
  Stored store(time_series::SampleBatch& batch, time_series::Delivery delivery,
               std::stop_token stop);

 private:
  struct Work;
  // One transaction.
  using Attempt = std::function<absl::Status(time_series::Delivery)>;

  void tell_success() const {
    if (waiting_.faults != nullptr) waiting_.faults->over(this);
  }
  void tell_failure(const absl::Status& status) const;
  bool store_range(Work& work, time_series::SampleRange range);
  bool split(Work& work, time_series::SampleRange range, std::size_t middle);
  bool isolate(Work& work, std::size_t sample, const absl::Status& cause);
  std::optional<absl::Status> attempt(Work& work, time_series::SampleRange range);
  // Of a batch stored in parts. False when stopped.
  bool end_messages(Work& work);
  // Until it is committed or refused: nothing when stopped, otherwise OK, kInvalidArgument, or
  // where less than `range` may do kDeadlineExceeded.
  std::optional<absl::Status> repeat(Work& work, time_series::SampleRange range,
                                     const Attempt& attempt);

  Store& store_;
  const Ledger& ledger_;
  const Waiting waiting_;
  process::Platform& platform_;
};

}  // namespace millrace::epts
