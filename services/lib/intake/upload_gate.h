// SPDX-License-Identifier: Apache-2.0
//
// How much may be on its way at once: every upload enters before anything is kept of it and leaves
// when it is answered, so that no queue behind the gate can grow without bound, whoever is slow.
#pragma once

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
  // Once for each enter() that returned true, with the same number.
  void leave(std::size_t body_bytes);

  std::size_t bytes() const;

  // False when `deadline` passed first.
  bool wait_until_empty(std::chrono::milliseconds deadline, const time::Clock& clock);

 private:
  const std::size_t max_bytes_;
  mutable concurrency::Mutex mutex_;
  concurrency::CondVar empty_;
  std::size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace millrace::intake
