// SPDX-License-Identifier: Apache-2.0
//
// Adaptive batching: a bounded number of messages is in flight, and what arrives meanwhile travels
// together in the next ones. Idle, every upload is a message of its own and leaves at once; busy,
// hundreds share a message, which is what makes the stream fast
// (docs/decisions/0004-bus-message.md). No timer, no thread of its own: it runs on the threads that
// add uploads and on those that report acknowledgements.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/status.h>

#include "lib/concurrency/mutex.h"
#include "lib/intake/pending.h"
#include "lib/trace/trace_context.h"

namespace millrace::intake {

// Safe to use from any thread. How much may wait is for the caller to bound (UploadGate).
class Batcher {
 public:
  struct Options {
    // An upload that is bigger travels alone.
    std::size_t max_message_bytes = 256 << 10;
    std::size_t max_in_flight = 8;
    unsigned shards = 1;
  };

  // What became of a message. OK: it is in the stream. With error::has_unknown_outcome(): it may be
  // there or not.
  using Done = std::function<void(const absl::Status&)>;
  // The same of the uploads in it, for whoever gave them.
  using Published = std::function<void(PendingUploads uploads, const absl::Status&)>;

  struct Message {
    unsigned shard = 0;
    std::string payload;
    std::size_t uploads = 0;
    // Of the first upload in it that has one: a message has one header, and each upload's own
    // context is in its event.
    std::optional<trace::TraceContext> trace = std::nullopt;
  };

  // Takes the messages away; bus::Publisher's contract: a refusal is returned and `done` never
  // runs, otherwise `done` runs once, later, never inside the call.
  class Outlet {
   public:
    virtual ~Outlet() = default;
    virtual absl::Status publish(Message message, Done done) = 0;
  };

  // `outlet` must live until close() has returned. `published` runs outside all locks.
  Batcher(Options options, Outlet& outlet, Published published);
  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  // Appends `record` (lib/intake/batch_record.h) of `upload` to a message of `shard` <
  // options.shards, which leaves with the next publish() or acknowledgement. Each upload is handed
  // to `published` once: inside add() or publish() when it cannot leave, else on the thread that
  // reports the message's fate. Records of one shard leave in the order of the calls.
  //
  // When a message fails because the bus is away, everything that waits behind it fails with it,
  // with kUnavailable, since it has never left: no upload waits for longer than one message's
  // deadline.
  void add(unsigned shard, std::string record, std::unique_ptr<Pending> upload);

  // Publishes what waits, as far as more messages may be in flight.
  void publish();

  // Fails what waits, and what is added later, with kCancelled. What is in flight goes on.
  void close();

 private:
  struct Batch {
    unsigned shard = 0;
    std::string payload;
    PendingUploads uploads;
    std::optional<trace::TraceContext> trace = std::nullopt;
  };

  void append(unsigned shard, std::string record, std::unique_ptr<Pending> upload)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Batch& open_batch(unsigned shard, std::size_t record_bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Batch take_next() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::deque<Batch> take_all() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool begin_publishing();
  bool next_to_publish(Batch& batch);
  void publish(Batch batch);
  void finish(PendingUploads uploads, const absl::Status& status);
  void give_up(std::deque<Batch> batches, const absl::Status& status);

  const Options options_;
  Outlet& outlet_;
  const Published published_;

  concurrency::Mutex mutex_;
  // In order of their first upload.
  std::deque<Batch> waiting_ ABSL_GUARDED_BY(mutex_);
  // For each shard the element of waiting_ that may still grow, or null.
  std::vector<Batch*> open_ ABSL_GUARDED_BY(mutex_);
  // Of the message taken last: the next one is likely to be as large.
  std::size_t last_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::size_t last_uploads_ ABSL_GUARDED_BY(mutex_) = 0;
  std::size_t in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  // One thread publishes at a time, so that messages leave in order; what others add meanwhile it
  // takes along.
  bool publishing_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace millrace::intake
