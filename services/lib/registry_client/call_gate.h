// SPDX-License-Identifier: Apache-2.0
//
// Lets an object whose callbacks are in other hands be destroyed: callbacks that come later find
// the gate closed, one that is running is waited for.
#pragma once

#include "lib/concurrency/mutex.h"

namespace millrace::registry_client {

// Safe to use from any thread. Shared between the object and its callbacks.
class CallGate {
 public:
  // False once closed; true must be followed by leave().
  bool enter() {
    concurrency::MutexLock lock(mutex_);
    if (closed_) return false;
    ++inside_;
    return true;
  }

  void leave() {
    concurrency::MutexLock lock(mutex_);
    if (--inside_ == 0) empty_.notify_all();
  }

  // Not from inside.
  void close() {
    concurrency::MutexLock lock(mutex_);
    closed_ = true;
    while (inside_ != 0) empty_.wait(mutex_);
  }

 private:
  concurrency::Mutex mutex_;
  concurrency::CondVar empty_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  int inside_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace millrace::registry_client
