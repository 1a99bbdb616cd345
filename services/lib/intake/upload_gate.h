// SPDX-License-Identifier: Apache-2.0
//
// How much may be on its way at once: every upload enters before anything is kept of it and leaves
// when it is answered, so that no queue behind the gate can grow without bound, whoever is slow.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>

#include "lib/concurrency/mutex.h"
#include "lib/time/clock.h"

namespace millrace::intake {

// Safe to use from any thread.
class UploadGate {
 public:
  // Charged for each upload beside its body: callbacks, identity, the event's other fields. With it
  // a flood of tiny uploads is bounded as well.
  static constexpr std::size_t kUploadOverheadBytes = 512;

  explicit UploadGate(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // False when an upload of `body_bytes` does not fit beside those that are inside.
  [[nodiscard]] bool enter(std::size_t body_bytes);
  // `uploads` of those for which enter() returned true, of `body_bytes` in all.
  void leave(std::size_t uploads, std::size_t body_bytes);

  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

  // False when `deadline` passed first.
  bool wait_until_empty(std::chrono::milliseconds deadline, const time::Clock& clock);

 private:
  const std::size_t max_bytes_;
  // Counted without a lock, which all uploads of all threads would meet at.
  std::atomic<std::size_t> bytes_{0};
  concurrency::Mutex mutex_;  // of those who wait, and of whoever finds it empty
  concurrency::CondVar empty_;
};

}  // namespace millrace::intake
