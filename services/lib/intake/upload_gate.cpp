// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/upload_gate.h"

namespace millrace::intake {

bool UploadGate::enter(std::size_t body_bytes) {
  const std::size_t charge = body_bytes + kUploadOverheadBytes;
  concurrency::MutexLock lock(mutex_);
  if (charge > max_bytes_ - bytes_) return false;
  bytes_ += charge;
  return true;
}

void UploadGate::leave(std::size_t body_bytes) {
  concurrency::MutexLock lock(mutex_);
  bytes_ -= body_bytes + kUploadOverheadBytes;
  if (bytes_ == 0) empty_.notify_all();
}

std::size_t UploadGate::bytes() const {
  concurrency::MutexLock lock(mutex_);
  return bytes_;
}

bool UploadGate::wait_until_empty(std::chrono::milliseconds deadline, const time::Clock& clock) {
  const time::Instant end = clock.instant() + deadline;
  concurrency::MutexLock lock(mutex_);
  while (bytes_ != 0) {
    const auto left = end - clock.instant();
    if (left <= left.zero()) return false;
    empty_.wait_for(mutex_, left);
  }
  return true;
}

}  // namespace millrace::intake
