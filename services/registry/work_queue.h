// SPDX-License-Identifier: Apache-2.0
//
// A fixed number of threads that do work from a bounded queue, first come, first served.
#pragma once

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "lib/concurrency/mutex.h"

namespace millrace::registry {

// Safe to use from any thread.
class WorkQueue {
 public:
  using Work = std::function<void()>;

  struct Options {
    std::size_t workers = 1;
    std::size_t capacity = 1;  // waiting, beside what is at work
  };
  explicit WorkQueue(const Options& options);
  ~WorkQueue();  // stop()
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  // False: full, or stopped. The work is not taken then.
  bool push(Work work);
  // Takes nothing new, does what was taken, joins the threads. Not from a worker.
  void stop();

 private:
  void run();

  const std::size_t capacity_;
  concurrency::Mutex mutex_;
  concurrency::CondVar changed_;
  std::deque<Work> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  // Last: they use what stands above.
  std::vector<std::jthread> threads_;
};

}  // namespace millrace::registry
