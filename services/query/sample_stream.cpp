// SPDX-License-Identifier: Apache-2.0
#include "query/sample_stream.h"

#include <utility>

#include <fmt/format.h>

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

absl::Status SampleStream::put(const std::string& what, std::vector<StreamMessage> messages) {
  const std::string subject = bus::subjects::data_samples_received(kReceiver, 0);
  Outstanding outstanding;
  for (StreamMessage& message : messages) {
    outstanding.begin();
    const bus::Publisher::Done done = [&outstanding](const absl::Status& status) {
      outstanding.end(status);
    };
    const absl::Status taken = message.id.empty()
                                   ? publisher_.publish(subject, std::move(message.payload), done)
                                   : publisher_.publish_as(std::move(message.id), subject,
                                                           std::move(message.payload), done);
    if (!taken.ok()) outstanding.end(taken);
  }
  absl::Status status =
      error::prefixed(fmt::format("cannot put {} into the stream", what), outstanding.wait());
  // Consumers make room.
  if (absl::IsResourceExhausted(status)) status = error::with_retry_after(status, kRetryAfter);
  return status;
}

}  // namespace millrace::query
