// SPDX-License-Identifier: Apache-2.0
//
// For *_itest.cpp: waiting for what other threads bring.
#pragma once

#include <cstddef>
#include <deque>
#include <utility>

#include <sched.h>

#include "lib/concurrency/mutex.h"

namespace millrace::bus {

// What callbacks put in, tests take out, in order and waiting for it.
template <typename T>
class Box {
 public:
  void put(T value) {
    concurrency::MutexLock lock(mutex_);
    values_.push_back(std::move(value));
    filled_.notify_all();
  }
  T take() {
    concurrency::MutexLock lock(mutex_);
    while (values_.empty()) filled_.wait(mutex_);
    T value = std::move(values_.front());
    values_.pop_front();
    return value;
  }
  std::size_t size() const {
    concurrency::MutexLock lock(mutex_);
    return values_.size();
  }

 private:
  mutable concurrency::Mutex mutex_;
  concurrency::CondVar filled_;
  std::deque<T> values_ ABSL_GUARDED_BY(mutex_);
};

// For loops around conditions that have no callback.
inline void yield() {
  sched_yield();
}

}  // namespace millrace::bus
