// SPDX-License-Identifier: Apache-2.0
#include "query/replay_stream.h"

#include <string>
#include <utility>

#include "lib/bus/subjects.h"
#include "lib/concurrency/mutex.h"
#include "lib/error/error.h"
#include "lib/error/retry_after.h"

namespace millrace::query {
namespace {

constexpr char kReceiver[] = "query";
// Where the stream was full.
constexpr std::chrono::milliseconds kRetryAfter{5000};

// Counts the messages that are on their way.
class Outstanding {
 public:
  void begin() {
    concurrency::MutexLock lock(mutex_);
    ++count_;
  }
  void end(const absl::Status& status) {
    concurrency::MutexLock lock(mutex_);
    first_failure_.Update(status);
    --count_;
    // Under the lock: whoever waits may destroy this as soon as it is released.
    changed_.notify_one();
  }
  absl::Status wait() {
    concurrency::MutexLock lock(mutex_);
    while (count_ > 0) changed_.wait(mutex_);
    return first_failure_;
  }

 private:
  concurrency::Mutex mutex_;
  concurrency::CondVar changed_;
  std::size_t count_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status first_failure_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::Status ReplayStream::put(std::vector<ReplayMessage> messages) {
  const std::string subject = bus::subjects::data_samples_received(kReceiver, 0);
  Outstanding outstanding;
  for (ReplayMessage& message : messages) {
    outstanding.begin();
    const absl::Status taken = publisher_.publish_as(
        std::move(message.id), subject, std::move(message.payload),
        [&outstanding](const absl::Status& status) { outstanding.end(status); });
    if (!taken.ok()) outstanding.end(taken);
  }
  absl::Status status =
      error::prefixed("cannot put rejected samples into the stream", outstanding.wait());
  // Consumers make room.
  if (absl::IsResourceExhausted(status)) status = error::with_retry_after(status, kRetryAfter);
  return status;
}

}  // namespace millrace::query
