// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/upload_gate.h"

namespace millrace::intake {

bool UploadGate::enter(std::size_t body_bytes) {
  const std::size_t charge = body_bytes + kUploadOverheadBytes;
  std::size_t bytes = bytes_.load(std::memory_order_relaxed);
  do {
    if (charge > max_bytes_ - bytes) return false;
  } while (!bytes_.compare_exchange_weak(bytes, bytes + charge, std::memory_order_relaxed));
  return true;
}

void UploadGate::leave(std::size_t uploads, std::size_t body_bytes) {
  const std::size_t charge = body_bytes + uploads * kUploadOverheadBytes;
  // Released: who finds the gate empty sees what was done for the last upload.
  if (bytes_.fetch_sub(charge, std::memory_order_acq_rel) != charge) return;
  // Under the lock: who has looked and is about to wait hears it.
  concurrency::MutexLock lock(mutex_);
  empty_.notify_all();
}

bool UploadGate::wait_until_empty(std::chrono::milliseconds deadline, const time::Clock& clock) {
  const time::Instant end = clock.instant() + deadline;
  concurrency::MutexLock lock(mutex_);
  while (bytes_.load(std::memory_order_acquire) != 0) {
    const auto left = end - clock.instant();
    if (left <= left.zero()) return false;
    empty_.wait_for(mutex_, left);
  }
  return true;
}

}  // namespace millrace::intake
